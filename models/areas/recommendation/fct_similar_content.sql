with

content_weights as (

    select * from {{ ref('stg_ml__content_weights') }}

    where weight_billionths > 0

),

content as (

    select * from {{ ref('dim_content') }}

),

-- Titles may have left the platform since the fit.
known_pairs as (

    select
        content_weights.content_id,
        content_weights.neighbour_content_id,
        content_weights.weight_billionths

    from content_weights

    inner join content
        on content_weights.content_id = content.content_id

    inner join content as neighbours
        on content_weights.neighbour_content_id = neighbours.content_id

),

neighbours_by_weight as (

    select
        *,
        row_number() over (
            partition by content_id
            order by weight_billionths desc, neighbour_content_id asc
        ) as similarity_rank

    from known_pairs

),

final as (

    select

        ---------- ids
        content_id,
        neighbour_content_id as similar_content_id,

        ---------- numerics
        cast(similarity_rank as integer) as similarity_rank,
        {{ ratio('weight_billionths', 1000000000, 'numeric(12, 9)') }} as weight

    from neighbours_by_weight

    where similarity_rank <= {{ integer_var('similar_content_ranks', 1, 100) }}

)

select * from final
