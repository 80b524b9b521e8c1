{% snapshot plans_history %}

-- depends_on: {{ ref('util_as_of_date') }}

{{ config(
    unique_key='plan_code',
    strategy='check',
    check_cols=['plan_name', 'plan_rank', 'has_ads', 'max_streams'],
    updated_at='seen_at',
    hard_deletes='invalidate',
) }}

with

plans as (

    select * from {{ ref('stg_streaming_app__plans') }}

)

select
    plan_code,
    plan_name,
    plan_rank,
    has_ads,
    max_streams,
    {{ history_moment() }} as seen_at

from plans

{% endsnapshot %}
