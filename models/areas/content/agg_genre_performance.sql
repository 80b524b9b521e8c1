-- Everything of a title in k genres counts 1/k in each: the genres add up to the
-- platform. docs/decisions/0009-genre-verdict.md

with

content_genres as (

    select * from {{ ref('bridge_content_genres') }}

),

genres as (

    select * from {{ ref('dim_genres') }}

),

content as (

    select * from {{ ref('agg_content_performance') }}

),

ratings as (

    select * from {{ ref('fct_ratings') }}

),

rating_moments as (

    select
        sum(rating) as rating_sum,
        count(*) as ratings,
        {{ ratio('sum(rating)', 'count(*)', 'numeric(18, 12)') }} as mean_rating,
        {{ ratio('sum(rating * rating)', 'count(*)', 'numeric(18, 12)') }}
            as mean_squared_rating

    from ratings

),

genre_totals as (

    select
        content_genres.genre_code,
        count(*) as titles,
        sum(content_genres.genre_weight) as weighted_titles,
        sum(content_genres.genre_weight * content.watched_seconds) as weighted_seconds,
        sum(content_genres.genre_weight * content.starters) as weighted_starters,
        sum(content_genres.genre_weight * content.measured_starters)
            as weighted_measured_starters,
        sum(content_genres.genre_weight * content.completers) as weighted_completers,
        sum(content_genres.genre_weight * content.ratings) as weighted_ratings,
        sum(content_genres.genre_weight * content.rating_sum) as weighted_rating_sum

    from content_genres

    inner join content
        on content_genres.content_id = content.content_id

    group by 1

),

platform_totals as (

    select
        sum(weighted_titles) as platform_titles,
        sum(weighted_seconds) as platform_seconds

    from genre_totals

),

genres_beside_platform as (

    select
        genres.genre_code,
        genres.genre_name,
        coalesce(genre_totals.titles, 0) as titles,
        coalesce(genre_totals.weighted_titles, 0) as weighted_titles,
        coalesce(genre_totals.weighted_seconds, 0) as weighted_seconds,
        coalesce(genre_totals.weighted_starters, 0) as weighted_starters,
        coalesce(genre_totals.weighted_measured_starters, 0)
            as weighted_measured_starters,
        coalesce(genre_totals.weighted_completers, 0) as weighted_completers,
        coalesce(genre_totals.weighted_ratings, 0) as weighted_ratings,
        coalesce(genre_totals.weighted_rating_sum, 0) as weighted_rating_sum,
        platform_totals.platform_titles,
        platform_totals.platform_seconds,
        rating_moments.rating_sum as platform_rating_sum,
        rating_moments.ratings as platform_ratings,
        rating_moments.mean_squared_rating
        - rating_moments.mean_rating * rating_moments.mean_rating as rating_variance

    from genres

    left join genre_totals
        on genres.genre_code = genre_totals.genre_code

    cross join platform_totals

    cross join rating_moments

),

genre_shares_and_ratings as (

    select
        *,
        {{ ratio('weighted_titles', 'platform_titles') }} as catalogue_share,
        {{ ratio('weighted_seconds', 'platform_seconds') }} as watched_share,
        {{ bayesian_average(
            'weighted_rating_sum',
            'weighted_ratings',
            'platform_rating_sum',
            'platform_ratings'
        ) }} as shrunk_rating,
        {{ ratio('platform_rating_sum', 'platform_ratings') }} as platform_mean_rating,
        sqrt(
            rating_variance
            / (weighted_ratings + {{ integer_var('rating_prior_weight', 1, 1000) }})
        ) as shrunk_rating_standard_error

    from genres_beside_platform

),

final as (

    select

        ---------- strings
        genre_code,
        genre_name,
        case
            when weighted_seconds = 0 or weighted_ratings = 0 then 'unknown'
            when
                watched_share >= catalogue_share
                and shrunk_rating >= platform_mean_rating
                then 'invest'
            when shrunk_rating >= platform_mean_rating then 'promote'
            when watched_share >= catalogue_share then 'improve'
            else 'trim'
        end as verdict,

        ---------- numerics
        cast(titles as integer) as titles,
        cast(weighted_titles as numeric(16, 6)) as weighted_titles,
        cast(weighted_seconds as numeric(20, 6)) as weighted_seconds,
        {{ hours('weighted_seconds') }} as weighted_hours,
        catalogue_share,
        watched_share,
        {{ ratio('watched_share', 'catalogue_share') }} as watched_to_catalogue_ratio,
        cast(weighted_starters as numeric(16, 6)) as weighted_starters,
        cast(weighted_measured_starters as numeric(16, 6))
            as weighted_measured_starters,
        cast(weighted_completers as numeric(16, 6)) as weighted_completers,
        {{ ratio('weighted_completers', 'weighted_measured_starters') }}
            as completion_rate,
        cast(weighted_ratings as numeric(16, 6)) as weighted_ratings,
        cast(weighted_rating_sum as numeric(18, 6)) as weighted_rating_sum,
        {{ ratio('weighted_rating_sum', 'weighted_ratings') }} as mean_rating,
        shrunk_rating,
        cast(
            shrunk_rating
            - {{ z_score() }} * shrunk_rating_standard_error as numeric(12, 6)
        ) as shrunk_rating_lower,
        cast(
            shrunk_rating
            + {{ z_score() }} * shrunk_rating_standard_error as numeric(12, 6)
        ) as shrunk_rating_upper

    from genre_shares_and_ratings

)

select * from final
