-- A row says that the seconds of all titles, or of all genres by weight, are not the
-- seconds of all plays, that a title has not the plays or seconds of its plays in a
-- region, or that its regions do not add up to it: a join has multiplied or lost some.
-- That the days of a title add up to its plays is what
-- assert_titles_and_days_add_up_to_the_plays holds.

{{ config(group='content') }}

with

plays_by_region as (

    select
        content_id,
        region_code,
        sum(plays) as plays,
        sum(watched_seconds) as watched_seconds

    from {{ ref('int_content_days') }}

    group by 1, 2

),

titles_by_region as (

    select * from {{ ref('agg_content_performance_by_region') }}

),

plays as (

    select
        sum(plays_by_region.watched_seconds) as watched_seconds,
        coalesce(
            sum(
                case
                    when
                        plays_by_region.plays = titles_by_region.plays
                        and plays_by_region.watched_seconds
                        = titles_by_region.watched_seconds
                        then 0
                    else 1
                end
            ),
            0
        ) as wrong_titles_of_regions

    from plays_by_region

    full outer join titles_by_region
        on
            plays_by_region.content_id = titles_by_region.content_id
            and plays_by_region.region_code = titles_by_region.region_code

),

region_sums as (

    select
        content_id,
        sum(viewers) as viewers,
        sum(plays) as plays,
        sum(starters) as starters,
        sum(measured_starters) as measured_starters,
        sum(completers) as completers,
        sum(watched_seconds) as watched_seconds

    from titles_by_region

    group by 1

),

titles as (

    select * from {{ ref('agg_content_performance') }}

),

title_sums as (

    select
        sum(titles.watched_seconds) as watched_seconds,
        sum(titles.ratings) as ratings,
        coalesce(
            sum(
                case
                    when
                        titles.viewers = coalesce(region_sums.viewers, 0)
                        and titles.plays = coalesce(region_sums.plays, 0)
                        and titles.starters = coalesce(region_sums.starters, 0)
                        and titles.measured_starters
                        = coalesce(region_sums.measured_starters, 0)
                        and titles.completers = coalesce(region_sums.completers, 0)
                        and titles.watched_seconds
                        = coalesce(region_sums.watched_seconds, 0)
                        then 0
                    else 1
                end
            ),
            0
        ) as titles_unlike_their_regions

    from titles

    left join region_sums
        on titles.content_id = region_sums.content_id

),

genres as (

    select
        sum(weighted_seconds) as watched_seconds,
        sum(weighted_ratings) as ratings

    from {{ ref('agg_genre_performance') }}

),

ratings as (

    select count(*) as ratings from {{ ref('fct_ratings') }}

)

select
    plays.watched_seconds,
    title_sums.watched_seconds as seconds_of_titles,
    genres.watched_seconds as seconds_of_genres,
    ratings.ratings,
    title_sums.ratings as ratings_of_titles,
    genres.ratings as ratings_of_genres,
    plays.wrong_titles_of_regions,
    title_sums.titles_unlike_their_regions

from plays

cross join title_sums

cross join genres

cross join ratings

where
    plays.watched_seconds != title_sums.watched_seconds
    or abs(plays.watched_seconds - genres.watched_seconds) > 0.01
    or ratings.ratings != title_sums.ratings
    or abs(ratings.ratings - genres.ratings) > 0.001
    or plays.wrong_titles_of_regions > 0
    or title_sums.titles_unlike_their_regions > 0
