-- Chosen lately in the country comes first, then lately anywhere, then ever: a country
-- with few accounts has ties, and its list must not be short.

with

users as (

    select * from {{ ref('int_users_to_advise') }}

),

titles as (

    select * from {{ ref('int_titles_on_offer') }}

),

feedback as (

    select * from {{ ref('fct_content_feedback') }}

),

audiences as (

    select distinct
        country_code,
        region_code,
        audience_age

    from users

),

choices as (

    select
        feedback.content_id,
        users.country_code,
        case
            when
                feedback.chosen_date > {{ dbt.dateadd(
                    'day', -integer_var('popularity_days', 1, 3660), as_of_date()
                ) }}
                then 1
            else 0
        end as is_recent

    from feedback

    inner join users
        on feedback.user_id = users.user_id

),

choosers_by_title as (

    select
        content_id,
        count(*) as choosers,
        sum(is_recent) as recent_choosers

    from choices

    group by 1

),

choosers_by_country as (

    select
        content_id,
        country_code,
        sum(is_recent) as recent_choosers

    from choices

    group by 1, 2

),

chooser_counts as (

    select
        audiences.country_code,
        audiences.audience_age,
        titles.content_id,
        titles.leading_genre_code,
        coalesce(choosers_by_country.recent_choosers, 0) as country_choosers,
        coalesce(choosers_by_title.recent_choosers, 0) as recent_choosers,
        coalesce(choosers_by_title.choosers, 0) as choosers

    from audiences

    inner join titles
        on
            audiences.region_code = titles.region_code
            and audiences.audience_age >= titles.lowest_age

    left join choosers_by_title
        on titles.content_id = choosers_by_title.content_id

    left join choosers_by_country
        on
            audiences.country_code = choosers_by_country.country_code
            and titles.content_id = choosers_by_country.content_id

),

final as (

    select

        ---------- ids
        content_id,

        ---------- strings
        country_code,
        leading_genre_code,

        ---------- numerics
        audience_age,
        country_choosers,
        row_number() over (
            partition by country_code, audience_age
            order by
                country_choosers desc,
                recent_choosers desc,
                choosers desc,
                content_id asc
        ) as popularity_rank

    from chooser_counts

)

select * from final
