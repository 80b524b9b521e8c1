{% snapshot content_history %}

-- depends_on: {{ ref('util_as_of_date') }}

{{ config(
    unique_key='content_id',
    strategy='check',
    check_cols=['title', 'content_type', 'original_language', 'maturity_rating', 'is_original', 'runtime_seconds'],
    updated_at='seen_at',
    hard_deletes='invalidate',
) }}

with

content as (

    select * from {{ ref('stg_streaming_app__content') }}

)

select
    content_id,
    title,
    content_type,
    original_language,
    maturity_rating,
    is_original,
    runtime_seconds,
    {{ history_moment() }} as seen_at

from content

{% endsnapshot %}
