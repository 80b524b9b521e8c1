-- Month t is paid for by those who outlive t full months; months that no spell of the
-- channel has reached yet add nothing. More digits than are published, so that nothing
-- is rounded twice. docs/decisions/0018-channel-economics.md

{%- set margin = '%.2f' % (integer_var('gross_margin_percent', 0, 100) / 100) %}
{%- set horizon_months = integer_var('ltv_horizon_months', 1, 120) %}
{%- set yearly_growth = 1 + integer_var('ltv_annual_discount_percent', 0, 100) / 100 %}
{%- set monthly_discount = yearly_growth ** (-1 / 12) %}

with

average_revenue as (

    select * from {{ ref('int_channel_average_revenue') }}

),

survival as (

    select * from {{ ref('agg_survival_by_segment') }}

    where
        segment_type = 'channel'
        and tenure_month < {{ horizon_months }}

),

survival_by_channel as (

    select
        segment_code as channel_code,
        tenure_month + 1 as months_paid,
        survival_rate,
        survival_rate * cast(
            power(cast({{ monthly_discount }} as {{ type_double() }}), tenure_month)
            as numeric(18, 12)
        ) as discounted_survival_rate

    from survival

),

channel_lifetime_margins as (

    select
        survival_by_channel.channel_code,
        survival_by_channel.months_paid,
        cast(
            average_revenue.arm_usd * {{ margin }}
            * sum(survival_by_channel.survival_rate) over months_so_far
            as numeric(24, 12)
        ) as margin_usd,
        cast(
            average_revenue.arm_usd * {{ margin }}
            * sum(survival_by_channel.discounted_survival_rate) over months_so_far
            as numeric(24, 12)
        ) as discounted_margin_usd

    from survival_by_channel

    left join average_revenue
        on survival_by_channel.channel_code = average_revenue.channel_code

    window months_so_far as (
        partition by survival_by_channel.channel_code
        order by survival_by_channel.months_paid
        rows between unbounded preceding and current row
    )

)

select * from channel_lifetime_margins
