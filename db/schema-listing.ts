import type { Client } from 'pg';

/** Each query gives one text a row; together they are the schema as its migrations make it, in SQL. */
const parts: Record<string, string> = {
  tables: `
    select format(E'create table %s (\\n%s\\n)%s;', c.relname,
      (select string_agg(format('  %s %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
          case when a.attcollation <> t.typcollation then ' collate "' || (select collname from pg_collation where oid = a.attcollation) || '"' else '' end,
          case when a.attnotnull then ' not null' else '' end,
          case when a.attgenerated = 's' then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
               when a.attidentity = 'a' then ' generated always as identity'
               when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end), E',\\n' order by a.attnum)
        from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
      case when c.reloptions is null then '' else ' with (' || array_to_string(c.reloptions, ', ') || ')' end) as line
    from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by c.relname`,
  constraints: `
    select format('alter table %s add constraint %s %s;', r.relname, k.conname, pg_get_constraintdef(k.oid)) as line
    from pg_constraint k join pg_class r on r.oid = k.conrelid
    where r.relnamespace = 'public'::regnamespace and k.contype <> 'n' order by r.relname, k.conname`,
  indexes: `
    select pg_get_indexdef(i.indexrelid) || ';' as line from pg_index i join pg_class r on r.oid = i.indrelid
    where r.relnamespace = 'public'::regnamespace and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
    order by 1`,
  policies: `
    select format('create policy %s on %s to %s using (%s) with check (%s);', p.polname, r.relname,
      (select string_agg(rolname, ', ' order by rolname) from pg_roles where oid = any (p.polroles)),
      pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) as line
    from pg_policy p join pg_class r on r.oid = p.polrelid where r.relnamespace = 'public'::regnamespace order by r.relname, p.polname`,
  rights: `
    select format('grant %s on %s to %s;', string_agg(lower(g.privilege_type), ', ' order by g.privilege_type), c.relname, g.grantee::regrole) as line
    from pg_class c cross join aclexplode(c.relacl) g
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and g.grantee::regrole::text in ('neiqin_app', 'neiqin_system')
    group by c.relname, g.grantee order by c.relname, g.grantee::regrole::text`,
};

/** Lists the schema of a database. `db/schema.sql` is this text; a test compares them. */
export async function describeSchema(client: Client): Promise<string> {
  const sections: string[] = ['-- The schema as the migrations make it: for readers. The migrations are what runs.'];
  for (const [title, query] of Object.entries(parts)) {
    const { rows } = await client.query<{ line: string }>(query);
    sections.push(`-- ${title}\n${rows.map(({ line }) => line).join('\n')}`);
  }
  return `${sections.join('\n\n')}\n`;
}
