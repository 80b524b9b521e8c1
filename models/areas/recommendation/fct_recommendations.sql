-- Every tenth place is a new title's, and a title that the account's taste speaks for
-- names the one that speaks loudest: docs/decisions/0029-recommendation-lists.md

{% set ranks = integer_var('recommendation_ranks', 1, 100) %}
{% set new_every = integer_var('new_title_every_ranks', 2, 100) %}

with

titles_picked as (

    select * from {{ ref('int_titles_picked') }}

),

new_titles as (

    select * from {{ ref('int_new_titles_drawn') }}

),

tastes as (

    select * from {{ ref('int_tastes') }}

),

content_weights as (

    select * from {{ ref('stg_ml__content_weights') }}

),

new_title_counts as (

    select
        user_id,
        count(*) as new_titles

    from new_titles

    group by 1

),

titles_in_places as (

    select
        titles_picked.user_id,
        titles_picked.content_id,
        titles_picked.reason,
        titles_picked.score_units,
        -- Each new title before it moves a title one place down.
        titles_picked.place + least(
            coalesce(new_title_counts.new_titles, 0),
            floor((titles_picked.place - 1) / {{ new_every - 1 }}.0)
        ) as place

    from titles_picked

    left join new_title_counts
        on titles_picked.user_id = new_title_counts.user_id

    union all

    select
        user_id,
        content_id,
        'new' as reason,
        cast(0 as bigint) as score_units,
        drawing_rank * {{ new_every }} as place

    from new_titles

),

-- Where the catalogue is too small for a full list, places would be left empty.
titles_by_rank as (

    select
        *,
        row_number() over (
            partition by user_id
            order by place
        ) as recommendation_rank

    from titles_in_places

),

titles_listed as (

    select * from titles_by_rank

    where recommendation_rank <= {{ ranks }}

),

contributions as (

    select
        titles_listed.user_id,
        titles_listed.content_id,
        tastes.content_id as because_content_id,
        row_number() over (
            partition by titles_listed.user_id, titles_listed.content_id
            order by
                tastes.taste_weight * content_weights.weight_billionths desc,
                tastes.content_id asc
        ) as contribution_rank

    from titles_listed

    inner join tastes
        on titles_listed.user_id = tastes.user_id

    inner join content_weights
        on
            tastes.content_id = content_weights.content_id
            and titles_listed.content_id = content_weights.neighbour_content_id

    where titles_listed.reason = 'history'

),

strongest_contributions as (

    select * from contributions

    where contribution_rank = 1

),

final as (

    select

        ---------- ids
        titles_listed.user_id,
        titles_listed.content_id,
        strongest_contributions.because_content_id,

        ---------- strings
        titles_listed.reason,

        ---------- numerics
        cast(titles_listed.recommendation_rank as integer) as recommendation_rank,
        cast(
            case
                when titles_listed.score_units > 0
                    then {{ ratio(
                        'titles_listed.score_units', 10000000000000, 'numeric(14, 8)'
                    ) }}
            end as numeric(14, 8)
        ) as score

    from titles_listed

    left join strongest_contributions
        on
            titles_listed.user_id = strongest_contributions.user_id
            and titles_listed.content_id = strongest_contributions.content_id

)

select * from final
