"""What to watch next: item weights fitted from what people chose, and judged."""
