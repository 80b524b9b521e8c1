{% macro monthly_price(price, years, usd_per_unit) -%}
    {#- A price has five decimals and a rate ten. -#}
    {{ ratio(
        price ~ ' * ' ~ usd_per_unit, years ~ ' * 12', 'numeric(12, 2)', digits=15
    ) }}
{%- endmacro %}
