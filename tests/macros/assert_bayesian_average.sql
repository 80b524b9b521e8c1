-- A row is a Bayesian average that gives the prior the wrong weight (5 by default).

with

cases as (

    select
        5.0 as rating_sum,
        1 as ratings,
        6.0 as prior_sum,
        2 as prior_ratings,
        cast(3.333333 as numeric(12, 6)) as expected

    union all

    select
        0 as rating_sum,
        0 as ratings,
        6.0 as prior_sum,
        2 as prior_ratings,
        cast(3 as numeric(12, 6)) as expected

    union all

    select
        20.0 as rating_sum,
        5 as ratings,
        2.0 as prior_sum,
        1 as prior_ratings,
        cast(3 as numeric(12, 6)) as expected

    union all

    -- With six decimals of the ratings it would be 1.058823.
    select
        0.999999999999 as rating_sum,
        0.666666666666 as ratings,
        1 as prior_sum,
        1 as prior_ratings,
        cast(1.058824 as numeric(12, 6)) as expected

),

computed as (

    select
        expected,
        {{ bayesian_average('rating_sum', 'ratings', 'prior_sum', 'prior_ratings') }}
            as actual

    from cases

)

select * from computed

where actual is distinct from expected
