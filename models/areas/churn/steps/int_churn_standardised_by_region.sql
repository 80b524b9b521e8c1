-- Direct standardisation: docs/decisions/0015-risk-by-region.md. A band or stratum
-- without members of the region has no rate: it is left out and the weights of the
-- others are scaled up.

-- The weights have a digit more than 18: of two shorter factors, some engines hold the
-- product to 18 digits.

with

strata as (

    select * from {{ ref('int_churn_strata') }}

),

platform_bands as (

    select
        tenure_band,
        cast(sum(exposure_months) as numeric(19, 0)) as weight

    from strata

    group by 1

),

region_bands as (

    select
        region_code,
        tenure_band,
        {{ ratio('sum(cancels)', 'sum(exposure_months)', 'numeric(18, 12)') }}
            as churn_rate

    from strata

    group by 1, 2

),

standardised_for_tenure as (

    select
        region_bands.region_code,
        {{ ratio(
            'sum(platform_bands.weight * region_bands.churn_rate)',
            'sum(platform_bands.weight)',
            'numeric(18, 12)',
            digits=12
        ) }} as churn_rate

    from region_bands

    inner join platform_bands
        on region_bands.tenure_band = platform_bands.tenure_band

    group by 1

),

platform_strata as (

    select
        tenure_band,
        plan_code,
        cast(sum(exposure_months) as numeric(19, 0)) as weight

    from strata

    group by 1, 2

),

region_strata as (

    select
        region_code,
        tenure_band,
        plan_code,
        exposure_months,
        {{ ratio('cancels', 'exposure_months', 'numeric(18, 12)') }} as churn_rate,
        {{ ratio('voluntary_cancels', 'exposure_months', 'numeric(18, 12)') }}
            as voluntary_rate

    from strata

),

standardised_for_strata as (

    select
        region_strata.region_code,
        count(*) as strata,
        sum(platform_strata.weight) as covered_exposure_months,
        {{ ratio(
            'sum(platform_strata.weight * region_strata.churn_rate)',
            'sum(platform_strata.weight)',
            'numeric(18, 12)',
            digits=12
        ) }} as churn_rate,
        {{ ratio(
            'sum(platform_strata.weight * region_strata.voluntary_rate)',
            'sum(platform_strata.weight)',
            'numeric(18, 12)',
            digits=12
        ) }} as voluntary_rate,
        sqrt(
            sum(
                cast(platform_strata.weight as {{ type_double() }})
                * cast(platform_strata.weight as {{ type_double() }})
                * cast(region_strata.churn_rate as {{ type_double() }})
                * cast(1 - region_strata.churn_rate as {{ type_double() }})
                / region_strata.exposure_months
            )
        ) / cast(sum(platform_strata.weight) as {{ type_double() }}) as standard_error

    from region_strata

    inner join platform_strata
        on
            region_strata.tenure_band = platform_strata.tenure_band
            and region_strata.plan_code = platform_strata.plan_code

    group by 1

),

churn_standardised_by_region as (

    select
        standardised_for_strata.region_code,
        cast(standardised_for_tenure.churn_rate as numeric(12, 6))
            as tenure_standardised_rate,
        cast(standardised_for_strata.churn_rate as numeric(12, 6))
            as standardised_churn_rate,
        cast(standardised_for_strata.voluntary_rate as numeric(12, 6))
            as standardised_voluntary_rate,
        standardised_for_strata.standard_error,
        standardised_for_strata.strata,
        standardised_for_strata.covered_exposure_months

    from standardised_for_strata

    inner join standardised_for_tenure
        on standardised_for_strata.region_code = standardised_for_tenure.region_code

)

select * from churn_standardised_by_region
