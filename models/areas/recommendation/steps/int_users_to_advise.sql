-- Who gets a list, and what may be on it: titles for at most that age, in the region.
-- docs/decisions/0029-recommendation-lists.md

with

users as (

    select * from {{ ref('dim_users') }}

),

feedback as (

    select * from {{ ref('fct_content_feedback') }}

),

choices as (

    select
        user_id,
        count(*) as chosen_titles

    from feedback

    group by 1

),

final as (

    select

        ---------- ids
        users.user_id,

        ---------- strings
        users.country_code,
        users.region_code,

        ---------- numerics
        case users.age_band
            when 'under 18' then 13
            when 'unknown' then 16
            else 18
        end as audience_age,
        coalesce(choices.chosen_titles, 0) as chosen_titles

    from users

    left join choices
        on users.user_id = choices.user_id

)

select * from final
