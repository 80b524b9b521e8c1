{% test no_overlapping_ranges(model, from_column, until_column, partition_by=[]) %}
    {#- Fails for each range that begins before an earlier one of its partition has ended.
        Ranges include their first value and exclude their last; NULL never ends. -#}
    with

    ranges as (

        select
            {{ from_column }},
            lag({{ from_column }}) over (
                {{ 'partition by ' ~ partition_by | join(', ') if partition_by }}
                order by {{ from_column }}
            ) as previous_from,
            lag({{ until_column }}) over (
                {{ 'partition by ' ~ partition_by | join(', ') if partition_by }}
                order by {{ from_column }}
            ) as previous_until

        from {{ model }}

    )

    select *

    from ranges

    where
        previous_from is not null
        and (previous_until is null or {{ from_column }} < previous_until)
{% endtest %}
