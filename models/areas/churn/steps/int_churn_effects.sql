-- What each feature adds to the log-odds that a member of today is lost in the next
-- month, compared with the average member-month that the model learned from.

with

member_features as (

    select * from {{ ref('fct_churn_features') }}

),

months as (

    select * from {{ ref('util_months') }}

),

coefficients as (

    select * from {{ ref('stg_ml__churn_coefficients') }}

),

model_columns as (

    select * from {{ ref('int_churn_features') }}

),

last_months as (

    select max(month_start_date) as month_start_date

    from months

),

members as (

    select
        member_features.user_id,
        member_features.{{ churn_features()
            | map(attribute='column') | join(',\n        member_features.') }}

    from member_features

    inner join last_months
        on member_features.month_start_date = last_months.month_start_date

),

fitted_columns as (

    select distinct column_name

    from coefficients

    where column_name <> '(intercept)'

),

-- A fit of other features than today's would leave some out without a word.
column_matches as (

    select
        count(*) as all_columns,
        count(fitted_columns.column_name) as fitted,
        count(model_columns.column_name) as known

    from fitted_columns

    full join model_columns
        on fitted_columns.column_name = model_columns.column_name

),

usable_coefficients as (

    select
        coefficients.feature_name,
        coefficients.column_name,
        coefficients.category,
        model_columns.driver_code,
        coefficients.feature_mean,
        coefficients.feature_deviation,
        coefficients.coefficient

    from coefficients

    inner join column_matches
        on
            column_matches.fitted = column_matches.all_columns
            and column_matches.known = column_matches.all_columns

    left join model_columns
        on coefficients.column_name = model_columns.column_name

),

feature_values as (

    select
        members.user_id,
        usable_coefficients.feature_name,
        usable_coefficients.driver_code,
        usable_coefficients.feature_mean,
        usable_coefficients.feature_deviation,
        usable_coefficients.coefficient,
        case usable_coefficients.column_name
            when '(intercept)' then 1
            {% for feature in churn_features() %}
                when '{{ feature.column }}'
                    then
                        {% if feature.kind == 'number' %}
                            cast(members.{{ feature.column }} as {{ type_double() }})
                        {% elif feature.kind == 'flag' %}
                            case when members.{{ feature.column }} then 1 else 0 end
                        {% else %}
                            case
                                when
                                    members.{{ feature.column }}
                                    = usable_coefficients.category
                                    then 1
                                else 0
                            end
                        {% endif %}
            {% endfor %}
        end as feature_value

    from members

    cross join usable_coefficients

),

churn_effects as (

    select
        user_id,
        feature_name,
        driver_code,
        feature_value,
        coefficient * (feature_value - feature_mean) / feature_deviation
            as log_odds_effect

    from feature_values

)

select * from churn_effects
