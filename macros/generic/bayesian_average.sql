{% macro bayesian_average(rating_sum, ratings, prior_sum, prior_ratings) -%}
    {#- One quotient: a prior mean that was rounded before would stand in the result. In
        millionths, since ratings are weighted by shares of twelve decimals. -#}
    {%- set prior_weight = integer_var('rating_prior_weight', 1, 1000) -%}
    {{ ratio(
        '1000000 * (' ~ prior_weight ~ ' * ' ~ prior_sum
        ~ ' + ' ~ rating_sum ~ ' * ' ~ prior_ratings ~ ')',
        '1000000 * (' ~ prior_ratings ~ ' * (' ~ prior_weight ~ ' + ' ~ ratings ~ '))'
    ) }}
{%- endmacro %}
