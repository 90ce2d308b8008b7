-- Makes an upload a result. ?1 id, ?2 upload (NULL: it comes along as ?19), ?3 cpid, ?4 duration, ?5 now, ?6 format,
-- ?7 truncated, ?8 size, ?9 sha256, ?10 test, ?11 owner, ?12 whether the owner is an admin, ?13 shared, ?14 guideline,
-- ?15 target, ?16 token hash, ?17 summary, ?18 fingerprint, ?19 content, ?20 and ?21 how each
-- name ended, ?22 whether all tests are stored, ?23 to ?27 the last ones, as in `refstack_new_tests`. Gives nothing when the test is not there, or has these bytes.
-- scan: the up to three lists whose lengths a trigger counts
INSERT INTO refstack_new_result (id, upload, cpid, duration_seconds, created_at, format, truncated, size, sha256, test_id,
                                 product_version_id, owner, shared, guideline, target, token_hash, summary,
                                 fingerprint, content, name_layout, names, unfolded, first, layout, bytes,
                                 passed_names, passed_uuids)
VALUES (?1, ?2, ?3, ?4, ?5 / 1000000 * 1000000, ?6, ?7, ?8, ?9, ?10,
        -- The one version that has this cpid, if the owner is in its vendor.
        (SELECT v.id
           FROM refstack_product_version AS v
           JOIN refstack_product AS p ON p.id = v.product_id
          WHERE v.cpid = ?3
            AND (SELECT count(*) FROM refstack_product_version WHERE cpid = ?3) = 1
            AND ?11 IS NOT NULL
            AND (?12 OR EXISTS (SELECT 1
                                  FROM refstack_member
                                 WHERE openid = ?11 AND vendor_id = p.organization_id))),
        ?11, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26,
        ?27)
RETURNING id
