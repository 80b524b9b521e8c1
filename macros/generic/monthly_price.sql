{% macro monthly_price(price, years, usd_per_unit) -%}
    cast(
        {{ price }} * {{ usd_per_unit }} / ({{ years }} * 12) as numeric(12, 2)
    )
{%- endmacro %}
