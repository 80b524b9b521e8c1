{% macro bayesian_average(rating_sum, ratings, prior_mean) -%}
    {%- set prior_weight = integer_var('rating_prior_weight', 1, 1000) -%}
    {{ ratio(
        prior_weight ~ ' * ' ~ prior_mean ~ ' + ' ~ rating_sum,
        prior_weight ~ ' + ' ~ ratings,
        digits=12
    ) }}
{%- endmacro %}
