{% snapshot users_history %}

-- depends_on: {{ ref('util_as_of_date') }}

{{ config(
    unique_key='user_id',
    strategy='check',
    check_cols=['country_code', 'region_code', 'current_plan_code'],
    updated_at='seen_at',
    hard_deletes='invalidate',
) }}

with

users as (

    select * from {{ ref('dim_users') }}

)

select
    user_id,
    country_code,
    region_code,
    current_plan_code,
    {{ history_moment() }} as seen_at

from users

{% endsnapshot %}
