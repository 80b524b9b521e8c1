with

figures as (

    select
        'watched seconds' as figure,
        cast(watched_seconds as double precision) as amount
    from {{ ref('recent_plays') }}

    union all

    select
        'amount billed',
        amount_usd
    from {{ ref('stg_streaming_app__payments') }}
    where billed_date > (select as_of_date - 28 from {{ ref('util_as_of_date') }})

    union all

    select
        'runtime of films and episodes',
        runtime_seconds
    from {{ ref('int_content_parts') }}

),

-- All of a figure at once: it is sorted once. Of a short list a quantile is chance.
quantiles as (

    select
        figure,
        percentile_cont(array[0.25, 0.5, 0.75, 0.9]) within group (
            order by amount
        ) as amounts
    from figures
    group by figure
    having count(*) >= 200

)

select
    quantiles.figure || ', ' || places.quantile || ' %' as subject,
    quantiles.amounts[places.place] as value
from quantiles
cross join (values (1, 25), (2, 50), (3, 75), (4, 90)) as places (place, quantile)
