with

figures as (

    select
        'watched seconds' as figure,
        cast(watched_seconds as double precision) as amount
    from {{ ref('fct_viewing') }}
    where viewed_date > (select as_of_date - 28 from {{ ref('util_as_of_date') }})

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

)

-- Of a short list a quantile is chance.
select
    figure || ', ' || quantile || ' %' as subject,
    percentile_cont(quantile / 100.0) within group (order by amount) as value
from figures
cross join (values (25), (50), (75), (90)) as quantiles (quantile)
group by figure, quantile
having count(*) >= 200
