-- What members did in a month, and whether they were still members a month later. Only
-- members who had not asked to leave by the closing date: whoever has decided watches
-- differently. docs/decisions/0023-engagement-signals.md

with

members as (

    select * from {{ ref('int_members_by_month') }}

),

months as (

    select * from {{ ref('util_months') }}

),

spells as (

    select * from {{ ref('int_subscription_spells') }}

),

viewing as (

    select * from {{ ref('int_viewing_by_user_month') }}

),

sessions as (

    select
        *,
        {{ month_start('session_date') }} as month_start_date

    from {{ ref('fct_sessions') }}

),

viewers as (

    select
        *,
        {{ month_start('last_ended_at') }} as month_start_date

    from {{ ref('fct_content_viewers') }}

),

ratings as (

    select
        *,
        {{ month_start('rated_date') }} as month_start_date

    from {{ ref('fct_ratings') }}

),

undecided_members as (

    select
        members.user_id,
        members.region_code,
        members.month_start_date

    from members

    inner join months
        on members.month_start_date = months.month_start_date

    inner join spells
        on members.spell_id = spells.spell_id

    where
        months.is_complete_month
        and (
            spells.cancel_requested_date is null
            or spells.cancel_requested_date > months.closing_date
        )

),

-- The last complete month has no month after it to be retained in.
member_outcomes as (

    select
        undecided_members.user_id,
        undecided_members.region_code,
        undecided_members.month_start_date,
        next_members.user_id is not null as is_retained

    from undecided_members

    inner join months as next_months
        on
            undecided_members.month_start_date = next_months.previous_month_start_date
            and next_months.is_complete_month

    left join members as next_members
        on
            undecided_members.user_id = next_members.user_id
            and next_months.month_start_date = next_members.month_start_date

),

session_totals as (

    select
        user_id,
        month_start_date,
        count(*) as binges

    from sessions

    where is_binge

    group by 1, 2

),

completion_totals as (

    select
        user_id,
        month_start_date,
        case
            when count(is_completer) = count(*)
                then sum(case when is_completer then 1 else 0 end)
        end as completions

    from viewers

    group by 1, 2

),

rating_totals as (

    select
        user_id,
        month_start_date,
        count(*) as ratings

    from ratings

    group by 1, 2

),

member_month_counts as (

    select
        member_outcomes.user_id,
        member_outcomes.region_code,
        member_outcomes.month_start_date,
        member_outcomes.is_retained,
        coalesce(viewing.watched_seconds, 0) as watched_seconds,
        coalesce(viewing.active_days, 0) as active_days,
        coalesce(viewing.genres, 0) as genres,
        coalesce(viewing.devices, 0) as devices,
        coalesce(viewing.big_screen_views, 0) as big_screen_views,
        case
            when viewing.user_id is null then 0 else viewing.autoplayed_views
        end as autoplayed_views,
        coalesce(viewing.trailers, 0) as trailers,
        case
            when viewing.user_id is null then 0 else viewing.new_release_views
        end as new_release_views,
        coalesce(session_totals.binges, 0) as binges,
        case
            when completion_totals.user_id is null then 0
            else completion_totals.completions
        end as completions,
        coalesce(rating_totals.ratings, 0) as ratings

    from member_outcomes

    left join viewing
        on
            member_outcomes.user_id = viewing.user_id
            and member_outcomes.month_start_date = viewing.month_start_date

    left join session_totals
        on
            member_outcomes.user_id = session_totals.user_id
            and member_outcomes.month_start_date = session_totals.month_start_date

    left join completion_totals
        on
            member_outcomes.user_id = completion_totals.user_id
            and member_outcomes.month_start_date = completion_totals.month_start_date

    left join rating_totals
        on
            member_outcomes.user_id = rating_totals.user_id
            and member_outcomes.month_start_date = rating_totals.month_start_date

),

members_by_watch_time as (

    select
        *,
        rank() over (partition by month_start_date order by watched_seconds)
            as watch_time_rank,
        count(*) over (partition by month_start_date) as month_members

    from member_month_counts

),

engagement_by_member_month as (

    select
        user_id,
        region_code,
        {{ whole_quotient('(watch_time_rank - 1) * 4', 'month_members') }} + 1
            as watch_time_quartile,
        cast(watched_seconds as bigint) as watched_seconds,
        cast(active_days as integer) as active_days,
        cast(genres as integer) as genres,
        cast(devices as integer) as devices,
        cast(big_screen_views as integer) as big_screen_views,
        cast(autoplayed_views as integer) as autoplayed_views,
        cast(trailers as integer) as trailers,
        cast(new_release_views as integer) as new_release_views,
        cast(binges as integer) as binges,
        cast(completions as integer) as completions,
        cast(ratings as integer) as ratings,
        is_retained,
        month_start_date

    from members_by_watch_time

)

select * from engagement_by_member_month
