{% test expression_is_true(model, expression) %}
    {#- Fails for each row in which the expression is false or unknown. -#}
    select *

    from {{ model }}

    where not coalesce({{ expression }}, false)
{% endtest %}
