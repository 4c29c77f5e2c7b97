import { sql } from '@cloudphone/postgres';
import type { BillingTransaction } from '../schema.ts';
import { monthOf } from '../usage/calendar-month.ts';

const TIME_TO_PAY = '14 days';

/**
 * The invoices of the months that are over, for the charges that were just seeded: paid, and issued
 * on the first of the following month. They continue the series of whoever was seeded before.
 */
export async function seedInvoices(tx: BillingTransaction, nowMs: number): Promise<void> {
  const thisMonth = new Date(monthOf(nowMs).startMs);
  await sql`
    with owed as (
      select user_id, to_char(at at time zone 'UTC', 'YYYY-MM') as month,
        (date_trunc('month', at, 'UTC') + interval '1 month 1 hour') as issued_at,
        sum(amount) as total
      from charges where invoice_id is null and at < ${thisMonth}
        and not exists (
          select from invoices where invoices.user_id = charges.user_id
            and invoices.month = to_char(charges.at at time zone 'UTC', 'YYYY-MM')
        )
      group by user_id, month, issued_at
    ), numbered as (
      select *, extract(year from issued_at at time zone 'UTC')::integer as year,
        row_number() over (
          partition by extract(year from issued_at at time zone 'UTC') order by issued_at, user_id
        ) as position
      from owed
    )
    insert into invoices
      (id, number, user_id, month, total, due, status, issued_at, due_at)
    select gen_random_uuid(),
      numbered.year || '-' || lpad((coalesce(last, 0) + position)::text, 6, '0'),
      user_id, month, total, 0, 'paid', issued_at, issued_at + ${TIME_TO_PAY}::interval
    from numbered left join invoice_series using (year)`.execute(tx);
  await sql`
    insert into invoice_series (year, last)
    select split_part(number, '-', 1)::integer, max(split_part(number, '-', 2)::integer)
    from invoices group by 1
    on conflict (year) do update set last = excluded.last`.execute(tx);
  await sql`
    with invoiced as (
      update charges set invoice_id = invoices.id from invoices
      where charges.invoice_id is null and charges.at < ${thisMonth}
        and charges.user_id = invoices.user_id
        and invoices.month = to_char(charges.at at time zone 'UTC', 'YYYY-MM')
        and not exists (select from invoice_lines where invoice_id = invoices.id)
      returning charges.*
    )
    insert into invoice_lines (invoice_id, number, kind, about_id, amount)
    select invoice_id, row_number() over (partition by invoice_id order by at, id),
      kind, about_id, amount
    from invoiced`.execute(tx);
}
