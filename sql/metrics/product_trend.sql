-- metrics.product_trend: which products and categories gain and lose, their season taken out; and in which months they sell.
-- ja:      商品トレンド
-- grain:   level, node
-- params:  $steady_rate double default 0.2
-- columns:
--   level               varchar        not null  all, category, product
--   node                varchar        not null  all, the category, or the product_id
--   name                varchar        not null  the product's, or the node again
--   category            varchar                  null: all, or a product without one
--   verdict             varchar        not null  rising, falling; steady: within $steady_rate a year; unclear: none of these shown; too early, new, ended, not enough data
--   growth_rate         double                   a year, season taken out: 0.1 is 10 % more; null, as all that follows to p_adjusted: not fitted
--   growth_rate_low     double                   95 % interval of this product or category alone
--   growth_rate_high    double
--   p_adjusted          double                   that chance alone gives as much, all of the level considered
--   season_from         varchar                  whose season was taken out: own, category, all
--   month_count         bigint         not null  complete months used
--   year_sales_amount   decimal(18,2)  not null  of the last 12 complete months, or of as many as there are
--   year_ratio          double                   of them by the same months a year before; null: fewer than 6 such months
--   year_ratio_low      double                   95 % interval
--   year_ratio_high     double
--   recent_month_sales  double                   of a month, season taken out, over the last 3; null: no season known
--   season_p_value      double                   that months which all sell alike look as different by chance
--   peak_month          bigint                   the strongest of the year, 1 is January; null: no season shown (1 %)
--   season_1            double                   sales in January by those of a mean month; null, as the others: not known
--   season_2            double
--   season_3            double
--   season_4            double
--   season_5            double
--   season_6            double
--   season_7            double
--   season_8            double
--   season_9            double
--   season_10           double
--   season_11           double
--   season_12           double
--   reason              varchar        not null  for people, in English
--   reason_ja           varchar        not null
-- check:   growth_rate between growth_rate_low and growth_rate_high or growth_rate is null
-- check:   verdict <> 'rising' or growth_rate_low > 0
-- check:   verdict <> 'falling' or growth_rate_high < 0
-- check:   (growth_rate is not null) = (verdict in ('rising', 'falling', 'steady', 'unclear'))
--
-- Rising and falling are said where they hold with all of the level considered (5 %), and where more than half of the
-- months moved so against the same month a year before: one large order is no trend. The fit: predictions.trend_fit.

with

products as (
    select
        product_id,
        name,
        category,
    from core.products
),

company as (
    select month_count,
    from predictions.trend_fit
    where level = 'all'
),

fits as (
    select
        fit.level,
        fit.node,
        coalesce(products.name, fit.node) as name,
        if(fit.level = 'category', fit.node, products.category) as category,
        case
            when
                fit.p_adjusted <= 0.05 and fit.log_growth_low > 0
                and (fit.pair_count < 6 or 2 * fit.pair_up_count > fit.pair_count)
                then 'rising'
            when
                fit.p_adjusted <= 0.05 and fit.log_growth_high < 0
                and (fit.pair_count < 6 or 2 * fit.pair_down_count > fit.pair_count)
                then 'falling'
            when
                fit.log_growth_low > ln(1 - $steady_rate::double)
                and fit.log_growth_high < ln(1 + $steady_rate::double)
                then 'steady'
            when fit.state = 'fitted' then 'unclear'
            else fit.state
        end as verdict,
        round(exp(fit.log_growth) - 1, 6) as growth_rate,
        round(exp(fit.log_growth_low) - 1, 6) as growth_rate_low,
        round(exp(fit.log_growth_high) - 1, 6) as growth_rate_high,
        fit.p_adjusted,
        fit.season_from,
        fit.month_count,
        fit.sold_month_count,
        company.month_count as company_month_count,
        fit.year_amount::decimal(18, 2) as year_sales_amount,
        fit.year_ratio,
        fit.year_ratio_low,
        fit.year_ratio_high,
        fit.recent_amount as recent_month_sales,
        fit.season_p_value,
        case
            when fit.season_p_value <= 0.01 then list_position(
                [
                    fit.season_1, fit.season_2, fit.season_3, fit.season_4, fit.season_5, fit.season_6, fit.season_7,
                    fit.season_8, fit.season_9, fit.season_10, fit.season_11, fit.season_12,
                ],
                greatest(
                    fit.season_1, fit.season_2, fit.season_3, fit.season_4, fit.season_5, fit.season_6, fit.season_7,
                    fit.season_8, fit.season_9, fit.season_10, fit.season_11, fit.season_12
                )
            )::bigint
        end as peak_month,
        greatest(
            fit.season_1, fit.season_2, fit.season_3, fit.season_4, fit.season_5, fit.season_6, fit.season_7, fit.season_8,
            fit.season_9, fit.season_10, fit.season_11, fit.season_12
        ) as peak_season,
        fit.season_1,
        fit.season_2,
        fit.season_3,
        fit.season_4,
        fit.season_5,
        fit.season_6,
        fit.season_7,
        fit.season_8,
        fit.season_9,
        fit.season_10,
        fit.season_11,
        fit.season_12,
    from predictions.trend_fit as fit
    cross join company
    left join products
        on
            fit.level = 'product'
            and products.product_id = fit.node
),

-- beyond ten times a year a factor is easier read than a percentage
in_words as (
    select
        level,
        node,
        format('{:+d}%', round(100 * growth_rate)::bigint) as growth_words,
        concat(
            format('{:+d}%', round(100 * growth_rate_low)::bigint), ' to ',
            if(growth_rate_high < 10, format('{:+d}%', round(100 * growth_rate_high)::bigint), 'more than tenfold')
        ) as interval_words,
        concat(
            format('{:+d}％', round(100 * growth_rate_low)::bigint), '～',
            if(growth_rate_high < 10, format('{:+d}％', round(100 * growth_rate_high)::bigint), '10倍超')
        ) as interval_words_ja,
        -- an interval on one side of nothing, and no verdict: say why
        case
            when verdict <> 'unclear' or growth_rate_low <= 0 and growth_rate_high >= 0 then ''
            when p_adjusted > 0.05 then '; of so many looked at, some look so by chance'
            else '; made by a few months only'
        end as caution_words,
        case
            when verdict <> 'unclear' or growth_rate_low <= 0 and growth_rate_high >= 0 then ''
            when p_adjusted > 0.05 then '多数を比べた中での偶然の可能性があります。'
            else '少数の月だけによる変化です。'
        end as caution_words_ja,
        case
            when peak_month is not null then concat(
                '; strongest in ', strftime(make_date(2000, peak_month, 1), '%B'), ', ',
                format('{:.1f}', peak_season), ' times a mean month'
            )
            else ''
        end as season_words,
        case
            when peak_month is not null
                then concat('最も売れるのは', peak_month, '月（平均的な月の', format('{:.1f}', peak_season), '倍）。')
            else ''
        end as season_words_ja,
        case season_from
            when 'category' then ', by the season of its category'
            when 'all' then ', by the season of all sales'
            else ''
        end as source_words,
        case season_from
            when 'category' then '、季節はカテゴリ全体による'
            when 'all' then '、季節は全社の売上による'
            else ''
        end as source_words_ja,
    from fits
)

select
    fits.level,
    fits.node,
    fits.name,
    fits.category,
    fits.verdict,
    fits.growth_rate,
    fits.growth_rate_low,
    fits.growth_rate_high,
    fits.p_adjusted,
    fits.season_from,
    fits.month_count,
    fits.year_sales_amount,
    fits.year_ratio,
    fits.year_ratio_low,
    fits.year_ratio_high,
    fits.recent_month_sales,
    fits.season_p_value,
    fits.peak_month,
    fits.season_1,
    fits.season_2,
    fits.season_3,
    fits.season_4,
    fits.season_5,
    fits.season_6,
    fits.season_7,
    fits.season_8,
    fits.season_9,
    fits.season_10,
    fits.season_11,
    fits.season_12,
    case fits.verdict
        when 'too early' then if(
            fits.company_month_count >= 24, 'no season of all sales is known to measure by',
            concat('growth cannot be told from season yet: ', fits.company_month_count,
                if(fits.company_month_count = 1, ' complete month', ' complete months'), ' of sales, 24 are needed')
        )
        when 'new' then concat(
            'new: ', fits.month_count, if(fits.month_count = 1, ' complete month', ' complete months'),
            ' since it was first sold, 15 are needed'
        )
        when 'ended' then 'nothing sold in the last 12 months'
        when 'not enough data' then concat(
            'sold in ', fits.sold_month_count, ' of ', fits.month_count, ' months: not enough data'
        )
        else concat(
            case fits.verdict when 'unclear' then 'no trend shown: ' else concat(fits.verdict, ': ') end,
            in_words.growth_words, ' a year, season taken out', in_words.source_words,
            ' (95% interval ', in_words.interval_words, ', ', fits.month_count, ' months)', in_words.caution_words, in_words.season_words
        )
    end as reason,
    case fits.verdict
        when 'too early' then if(
            fits.company_month_count >= 24, '全社の季節変動が分からないため判定できません',
            concat('データが', fits.company_month_count, 'か月分のため、季節変動と成長をまだ区別できません（24か月必要）')
        )
        when 'new' then concat('新商品：販売開始から', fits.month_count, 'か月のため、まだ判定できません（15か月必要）')
        when 'ended' then '直近12か月の売上なし'
        when 'not enough data' then concat(
            fits.month_count, 'か月のうち売上があったのは', fits.sold_month_count, 'か月。データ不足のため判定できません'
        )
        else concat(
            case fits.verdict
                when 'rising' then '増加傾向：'
                when 'falling' then '減少傾向：'
                when 'steady' then '横ばい：'
                else '増減の傾向は確認できません：'
            end,
            '季節変動を除いて年率', replace(in_words.growth_words, '%', '％'), in_words.source_words_ja,
            '（95％信頼区間 ', in_words.interval_words_ja, '、', fits.month_count, 'か月分）。', in_words.caution_words_ja, in_words.season_words_ja
        )
    end as reason_ja,
from fits
inner join in_words
    on
        in_words.level = fits.level
        and in_words.node = fits.node
