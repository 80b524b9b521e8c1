with

content_viewers as (

    select * from {{ ref('fct_content_viewers') }}

),

users as (

    select * from {{ ref('dim_users') }}

),

region_viewer_totals as (

    select
        content_viewers.content_id,
        users.region_code,
        count(*) as viewers,
        sum(content_viewers.plays) as plays,
        sum(content_viewers.watched_seconds) as watched_seconds,
        sum(case when content_viewers.is_starter then 1 else 0 end) as starters,
        sum(
            case
                when
                    content_viewers.is_starter
                    and content_viewers.is_completer is not null
                    then 1
                else 0
            end
        ) as measured_starters,
        sum(
            case
                when content_viewers.is_starter and content_viewers.is_completer then 1
                else 0
            end
        ) as completers

    from content_viewers

    inner join users
        on content_viewers.user_id = users.user_id

    group by 1, 2

),

final as (

    select

        ---------- ids
        content_id,

        ---------- strings
        region_code,

        ---------- numerics
        cast(viewers as integer) as viewers,
        cast(plays as integer) as plays,
        cast(starters as integer) as starters,
        cast(measured_starters as integer) as measured_starters,
        cast(completers as integer) as completers,
        {{ ratio('completers', 'measured_starters') }} as completion_rate,
        cast(watched_seconds as bigint) as watched_seconds,
        {{ hours('watched_seconds') }} as watched_hours

    from region_viewer_totals

)

select * from final
