//! How SQLite writes what clients read, for use in a statement's text with `concat!`: ages, sizes,
//! file objects.

/// How long ago an instant was: `2 days, 5 seconds ago`. Both arguments are SQL for microseconds.
macro_rules! age {
    ($at:literal, $now:literal) => {
        concat!(
            "(SELECT coalesce(nullif(substr(",
            "CASE s / 86400 WHEN 0 THEN '' WHEN 1 THEN ', 1 day' ELSE ', ' || (s / 86400) ",
            "|| ' days' END || ",
            "CASE s / 3600 % 24 WHEN 0 THEN '' WHEN 1 THEN ', 1 hour' ELSE ', ' ",
            "|| (s / 3600 % 24) || ' hours' END || ",
            "CASE s / 60 % 60 WHEN 0 THEN '' WHEN 1 THEN ', 1 minute' ELSE ', ' ",
            "|| (s / 60 % 60) || ' minutes' END || ",
            "CASE s % 60 WHEN 0 THEN '' WHEN 1 THEN ', 1 second' ELSE ', ' || (s % 60) ",
            "|| ' seconds' END, ",
            "3), ''), '0 seconds') || ' ago' FROM (SELECT max(0, ",
            $now,
            " - ",
            $at,
            ") / 1000000 AS s))"
        )
    };
}

/// A size for people: `1.5K`, `12M`. The argument is SQL for bytes. A size is rounded half up, and
/// one that rounds to 1024 is the next unit's.
macro_rules! human_size {
    ($bytes:literal) => {
        concat!(
            "(SELECT CASE WHEN u = 0 THEN n || 'B' WHEN tenths >= 100 THEN ((n + u / 2) / u) ",
            "|| unit ",
            "WHEN tenths % 10 = 0 THEN (tenths / 10) || unit ",
            "ELSE (tenths / 10) || '.' || (tenths % 10) || unit END ",
            "FROM (SELECT n, u, unit, ",
            "CASE u WHEN 0 THEN 0 ELSE (n * 10 + u / 2) / u END AS tenths ",
            "FROM (SELECT n, CASE WHEN n < 1024 THEN 0 WHEN n + 512 < 1048576 THEN 1024 ",
            "WHEN n + 524288 < 1073741824 THEN 1048576 ",
            "WHEN n + 536870912 < 1099511627776 THEN 1073741824 ",
            "ELSE 1099511627776 END AS u, ",
            "CASE WHEN n + 512 < 1048576 THEN 'K' WHEN n + 524288 < 1073741824 THEN 'M' ",
            "WHEN n + 536870912 < 1099511627776 THEN 'G' ELSE 'T' END AS unit FROM (SELECT ",
            $bytes,
            " AS n))))"
        )
    };
}

/// A file as a JSON object. Wants `b` (chacra_binaries), `p` (its project), `c` (its content, may
/// be missing) and `k` (its package, may be missing); the argument is SQL for the present time.
macro_rules! file_object {
    ($now:literal) => {
        concat!(
            "json_object('name', b.name, 'project', p.name, 'ref', b.ref, 'sha1', b.sha1, ",
            "'distro', b.distro, ",
            "'distro_version', b.distro_version, 'arch', b.arch, 'flavor', b.flavor, 'created', ",
            six_digits!("b.created"),
            ", 'modified', ",
            six_digits!("b.modified"),
            ", 'signed', json(iif(b.signed, 'true', 'false')), 'size', b.size, 'checksum', ",
            "c.sha512, 'path', ",
            "iif(b.blob_id IS NULL, NULL, ",
            "p.name || '/' || b.ref || '/' || b.sha1 || '/' || b.distro || '/' || ",
            "b.distro_version || '/' || b.arch || '/flavors/' || b.flavor || '/' || b.name), ",
            "'last_changed', ",
            age!("b.modified", $now),
            ", 'built_by', b.built_by, 'sha256', c.sha256, 'url', '/binaries/' || b.slug, ",
            "'package', ",
            "iif(k.blob_id IS NULL OR k.problem IS NOT NULL, NULL, ",
            "json_object('kind', k.kind, 'name', k.name, 'epoch', k.epoch, 'version', ",
            "k.version, 'release', k.release, 'arch', k.arch, 'source', k.source)), ",
            "'skipped', k.problem)"
        )
    };
}

/// The tables that [`file_object`] wants, joined to `b`.
macro_rules! with_content {
    () => {
        "
         CROSS JOIN chacra_projects AS p ON p.id = b.project_id
          LEFT JOIN chacra_blobs AS c ON c.id = b.blob_id
          LEFT JOIN chacra_packages AS k ON k.blob_id = b.blob_id
        "
    };
}

/// An instant with all six digits of its fraction, as this area's clients read it.
macro_rules! six_digits {
    ($column:literal) => {
        concat!(
            "(strftime('%Y-%m-%d %H:%M:%S', ",
            $column,
            " / 1000000, 'unixepoch') || printf('.%06d', ",
            $column,
            " % 1000000))"
        )
    };
}
