{% test is_between(model, column_name, lowest=none, highest=none) %}
    {#- Fails for each value outside the bounds, both inclusive; NULL passes. -#}
    select {{ column_name }}

    from {{ model }}

    where
        false
        {%- if lowest is not none %} or {{ column_name }} < {{ lowest }}{% endif %}
        {%- if highest is not none %} or {{ column_name }} > {{ highest }}{% endif %}
{% endtest %}
