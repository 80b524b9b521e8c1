-- Viewers, plays and ratings are each brought to one row per title before they meet.

with

content as (

    select * from {{ ref('dim_content') }}

),

content_viewers as (

    select * from {{ ref('fct_content_viewers') }}

),

ratings as (

    select * from {{ ref('fct_ratings') }}

),

viewer_totals as (

    select
        content_id,
        count(*) as viewers,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds,
        sum(case when is_starter then unique_seconds else 0 end)
            as starters_unique_seconds,
        sum(case when is_starter then 1 else 0 end) as starters,
        sum(case when is_starter and is_watcher then 1 else 0 end) as watchers,
        sum(case when is_starter and is_completer then 1 else 0 end) as completers

    from content_viewers

    group by 1

),

rating_totals as (

    select
        content_id,
        count(*) as ratings,
        sum(rating) as rating_sum

    from ratings

    group by 1

),

rating_mean as (

    select {{ ratio('sum(rating)', 'count(*)') }} as global_mean_rating

    from ratings

),

joined as (

    select
        content.content_id,
        content.title,
        content.content_type,
        content.leading_genre_code,
        content.runtime_seconds,
        content.licence_cost_usd,
        content.release_date,
        coalesce(viewer_totals.viewers, 0) as viewers,
        coalesce(viewer_totals.plays, 0) as plays,
        coalesce(viewer_totals.watched_seconds, 0) as watched_seconds,
        coalesce(viewer_totals.starters_unique_seconds, 0) as starters_unique_seconds,
        coalesce(viewer_totals.starters, 0) as starters,
        coalesce(viewer_totals.watchers, 0) as watchers,
        coalesce(viewer_totals.completers, 0) as completers,
        coalesce(rating_totals.ratings, 0) as ratings,
        coalesce(rating_totals.rating_sum, 0) as rating_sum,
        rating_mean.global_mean_rating

    from content

    left join viewer_totals
        on content.content_id = viewer_totals.content_id

    left join rating_totals
        on content.content_id = rating_totals.content_id

    cross join rating_mean

),

final as (

    select

        ---------- ids
        content_id,

        ---------- strings
        title,
        content_type,
        leading_genre_code,

        ---------- numerics
        cast(viewers as integer) as viewers,
        cast(plays as integer) as plays,
        cast(starters as integer) as starters,
        cast(watchers as integer) as watchers,
        cast(completers as integer) as completers,
        cast(watched_seconds as bigint) as watched_seconds,
        cast(starters_unique_seconds as bigint) as starters_unique_seconds,
        runtime_seconds,
        {{ hours('watched_seconds') }} as watched_hours,
        {{ ratio('watched_seconds', 'runtime_seconds', 'numeric(16, 4)') }} as views,
        {{ ratio('completers', 'starters') }} as completion_rate,
        {{ wilson_bound('completers', 'starters', 'lower') }} as completion_rate_lower,
        {{ wilson_bound('completers', 'starters', 'upper') }} as completion_rate_upper,
        {{ ratio(
            'starters_unique_seconds', 'cast(starters as bigint) * runtime_seconds'
        ) }} as average_share_viewed,
        cast(ratings as integer) as ratings,
        cast(rating_sum as numeric(12, 1)) as rating_sum,
        {{ ratio('rating_sum', 'ratings') }} as mean_rating,
        {{ bayesian_average('rating_sum', 'ratings', 'global_mean_rating') }}
            as shrunk_rating,
        licence_cost_usd,
        {{ ratio('licence_cost_usd * 3600', 'watched_seconds', 'numeric(16, 4)') }}
            as cost_per_hour_usd,

        ---------- dates
        release_date

    from joined

)

select * from final
