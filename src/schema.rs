//! The tables as diesel sees them, one hand-written schema for both engines. Times are `BigInt` read as `time::Time`.

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    areas (id) {
        id -> BigInt,
        parent_id -> Nullable<BigInt>,
        name -> Text,
        short_name -> Text,
        kind -> Text,
        gb_code -> Nullable<Text>,
        number_code -> Text,
        position -> BigInt,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
    }
}

diesel::table! {
    units (id) {
        id -> BigInt,
        name -> Text,
        area_id -> BigInt,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
        version -> BigInt,
    }
}

diesel::table! {
    groups (id) {
        id -> BigInt,
        name -> Text,
        level -> Text,
        area_id -> BigInt,
        lead_unit_id -> Nullable<BigInt>,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
        version -> BigInt,
    }
}

diesel::table! {
    categories (id) {
        id -> BigInt,
        parent_id -> Nullable<BigInt>,
        code -> Text,
        name -> Text,
        word -> Text,
        default_lead_unit -> Text,
        valid_until -> Nullable<Date>,
    }
}

diesel::table! {
    enterprises (id) {
        id -> BigInt,
        name -> Text,
        usci -> Nullable<Text>,
        area_id -> BigInt,
        township -> Text,
        park -> Text,
        industry -> Text,
        above_scale -> Text,
        above_scale_year -> Nullable<BigInt>,
        size -> Text,
        tags -> Text,
        contact_name -> Text,
        contact_phone -> Text,
        standing -> Text,
        quiet_from -> Nullable<Date>,
        quiet_until -> Nullable<Date>,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
        version -> BigInt,
    }
}

diesel::table! {
    enterprise_pasts (id) {
        id -> BigInt,
        enterprise_id -> BigInt,
        area_id -> BigInt,
        above_scale -> Text,
        valid_from -> Date,
        valid_until -> Date,
    }
}

diesel::table! {
    enterprise_terms (term, doc) {
        term -> BigInt,
        doc -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        account -> Text,
        phone -> Nullable<Text>,
        name -> Text,
        password_hash -> Text,
        must_change_password -> Bool,
        role -> Nullable<Text>,
        area_id -> Nullable<BigInt>,
        group_id -> Nullable<BigInt>,
        unit_id -> Nullable<BigInt>,
        enterprise_id -> Nullable<BigInt>,
        failures -> BigInt,
        locked_until -> BigInt,
        disabled -> Bool,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
        version -> BigInt,
    }
}

diesel::table! {
    sessions (key_hash) {
        key_hash -> Binary,
        user_id -> BigInt,
        created_at -> BigInt,
        used_at -> BigInt,
    }
}

diesel::table! {
    rate_limits (name) {
        name -> Text,
        window_started_at -> BigInt,
        count -> BigInt,
    }
}

diesel::table! {
    once_tokens (token) {
        token -> Text,
        location -> Text,
        used_at -> BigInt,
        form_hash -> Nullable<Binary>,
    }
}

diesel::table! {
    audit_events (id) {
        id -> BigInt,
        actor_key -> Text,
        actor_id -> Nullable<BigInt>,
        actor -> Text,
        action -> Text,
        object -> Text,
        detail -> Text,
        address -> Text,
        happened_at -> BigInt,
        prev_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    record_events (id) {
        id -> BigInt,
        record -> Text,
        record_id -> BigInt,
        actor_id -> Nullable<BigInt>,
        actor -> Text,
        action -> Text,
        detail -> Text,
        happened_at -> BigInt,
        content -> Binary,
        prev_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    assignments (id) {
        id -> BigInt,
        enterprise_id -> BigInt,
        cadre_id -> BigInt,
        group_id -> BigInt,
        leader -> Text,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
    }
}

diesel::table! {
    visits (id) {
        id -> BigInt,
        enterprise_id -> BigInt,
        cadre_id -> BigInt,
        group_id -> Nullable<BigInt>,
        area_id -> BigInt,
        visited_on -> Date,
        manner -> Text,
        companions -> Text,
        note -> Text,
        recorded_at -> BigInt,
        voided_at -> BigInt,
        void_reason -> Text,
        version -> BigInt,
        replaced_by_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    symposiums (id) {
        id -> BigInt,
        topic -> Text,
        group_id -> Nullable<BigInt>,
        area_id -> BigInt,
        host_id -> BigInt,
        held_on -> Date,
        place -> Text,
        note -> Text,
        recorded_at -> BigInt,
        voided_at -> BigInt,
        void_reason -> Text,
        version -> BigInt,
        replaced_by_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    symposium_enterprises (symposium_id, enterprise_id) {
        symposium_id -> BigInt,
        enterprise_id -> BigInt,
    }
}

diesel::table! {
    issue_numbers (area_code, year) {
        area_code -> Text,
        year -> BigInt,
        last -> BigInt,
    }
}

diesel::table! {
    issues (id) {
        id -> BigInt,
        number -> Text,
        version -> BigInt,
        title -> Text,
        status -> Text,
        enterprise_id -> Nullable<BigInt>,
        enterprise_name -> Text,
        area_id -> BigInt,
        group_id -> Nullable<BigInt>,
        collector_id -> Nullable<BigInt>,
        channel -> Text,
        category_id -> Nullable<BigInt>,
        complexity -> Nullable<Text>,
        level -> Text,
        urgency -> Text,
        office_area_id -> BigInt,
        lead_unit_id -> Nullable<BigInt>,
        handler_id -> Nullable<BigInt>,
        request -> Text,
        resolution -> Nullable<Text>,
        answer -> Nullable<Text>,
        rating -> Nullable<Text>,
        round -> BigInt,
        main_issue_id -> Nullable<BigInt>,
        history -> Bool,
        submitted_at -> BigInt,
        registered_at -> BigInt,
        closed_at -> BigInt,
        due_at -> BigInt,
        step_limit -> Text,
        step_due_at -> BigInt,
    }
}

diesel::table! {
    issue_details (issue_id) {
        issue_id -> BigInt,
        description -> Text,
        demand -> Text,
        contact_name -> Text,
        contact_phone -> Text,
        code_hash -> Nullable<Binary>,
        visit_id -> Nullable<BigInt>,
        symposium_id -> Nullable<BigInt>,
        source -> Nullable<Text>,
        external_no -> Nullable<Text>,
        requirement -> Text,
        responsible_leader -> Text,
        original_due_at -> BigInt,
        dispatched_at -> BigInt,
        signed_at -> BigInt,
        contacted_at -> BigInt,
        progressed_at -> BigInt,
        paused_at -> BigInt,
        paused_days -> BigInt,
        replied_at -> BigInt,
        approved_at -> BigInt,
        reviewer_id -> Nullable<BigInt>,
        extended_days -> BigInt,
        vain_rounds -> BigInt,
        merged_from -> Nullable<Text>,
        coerced -> Bool,
        appealed -> Bool,
        attitude -> Nullable<Text>,
        words -> Text,
        progress -> Text,
        measures -> Text,
        remark -> Text,
    }
}

diesel::table! {
    issue_units (id) {
        id -> BigInt,
        issue_id -> BigInt,
        unit_id -> BigInt,
        part -> Text,
        active -> Bool,
        return_refused -> Bool,
        handler_id -> Nullable<BigInt>,
        reply -> Text,
        replied_at -> BigInt,
        given_at -> BigInt,
        template -> Text,
        due_at -> BigInt,
    }
}

diesel::table! {
    issue_events (id) {
        id -> BigInt,
        issue_id -> BigInt,
        seq -> BigInt,
        action -> Text,
        from_status -> Nullable<Text>,
        to_status -> Text,
        actor_id -> Nullable<BigInt>,
        actor -> Text,
        actor_kind -> Text,
        data -> Text,
        happened_at -> BigInt,
        prev_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    issue_spans (until_at, issue_id, from_at) {
        until_at -> BigInt,
        issue_id -> BigInt,
        from_at -> BigInt,
        registered_at -> BigInt,
        area_id -> BigInt,
        group_id -> Nullable<BigInt>,
        lead_unit_id -> Nullable<BigInt>,
        category_id -> Nullable<BigInt>,
        status -> Text,
        resolution -> Nullable<Text>,
        answer -> Nullable<Text>,
        rating -> Nullable<Text>,
        overdue_at -> BigInt,
        history -> Bool,
        enterprise_id -> Nullable<BigInt>,
        first_due_at -> BigInt,
        extended_due_at -> BigInt,
        replied_at -> BigInt,
        contact_due_at -> BigInt,
        contacted_at -> BigInt,
        closed_at -> BigInt,
        workdays -> Nullable<BigInt>,
    }
}

diesel::table! {
    issue_terms (term, doc) {
        term -> BigInt,
        doc -> BigInt,
    }
}

diesel::table! {
    attachments (id) {
        id -> BigInt,
        issue_id -> BigInt,
        name -> Text,
        content_hash -> Text,
        content_type -> Text,
        size -> BigInt,
        actor -> Text,
        added_at -> BigInt,
        voided_at -> BigInt,
        void_reason -> Text,
        actor_id -> Nullable<BigInt>,
        for_company -> Bool,
        void_actor -> Text,
    }
}

diesel::table! {
    slips (issue_id) {
        issue_id -> BigInt,
        code_hash -> Binary,
        actor -> Text,
        printed_at -> BigInt,
    }
}

diesel::table! {
    saved_filters (id) {
        id -> BigInt,
        user_id -> BigInt,
        name -> Text,
        query -> Text,
    }
}

diesel::table! {
    ledger_views (user_id) {
        user_id -> BigInt,
        heads -> Text,
        loose -> Bool,
    }
}

diesel::table! {
    feedback (id) {
        id -> BigInt,
        user_id -> Nullable<BigInt>,
        contact -> Text,
        page -> Text,
        text -> Text,
        sent_at -> BigInt,
        read_at -> BigInt,
    }
}

diesel::table! {
    imports (id) {
        id -> BigInt,
        user_id -> BigInt,
        kind -> Text,
        file_name -> Text,
        content_hash -> Text,
        mapping -> Text,
        state -> Text,
        done -> BigInt,
        total -> BigInt,
        summary -> Text,
        bad_rows_hash -> Nullable<Text>,
        started_at -> BigInt,
        ended_at -> BigInt,
    }
}

diesel::table! {
    rule_versions (id) {
        id -> BigInt,
        kind -> Text,
        content -> Text,
        reason -> Text,
        actor_id -> Nullable<BigInt>,
        actor -> Text,
        saved_at -> BigInt,
    }
}

diesel::table! {
    supervisions (id) {
        id -> BigInt,
        issue_id -> BigInt,
        stage -> Text,
        step_limit -> Text,
        step_due_at -> BigInt,
        unit_id -> Nullable<BigInt>,
        office_area_id -> BigInt,
        number -> Text,
        text -> Text,
        actor -> Text,
        given_at -> BigInt,
    }
}

diesel::table! {
    instructions (id) {
        id -> BigInt,
        issue_id -> BigInt,
        leader_id -> BigInt,
        leader -> Text,
        text -> Text,
        given_at -> BigInt,
        due_at -> BigInt,
        answer -> Text,
        answered_by -> Text,
        answered_at -> BigInt,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        until_at -> BigInt,
    }
}

diesel::table! {
    messages (id) {
        id -> BigInt,
        user_id -> BigInt,
        issue_id -> BigInt,
        event_id -> BigInt,
        kind -> Text,
        text -> Text,
        sent_at -> BigInt,
        read_at -> BigInt,
    }
}

diesel::table! {
    message_settings (user_id) {
        user_id -> BigInt,
        email -> Text,
        by_email -> Bool,
        by_phone -> Bool,
        quiet_from -> BigInt,
        quiet_until -> BigInt,
    }
}

diesel::table! {
    deliveries (id) {
        id -> BigInt,
        message_id -> BigInt,
        channel -> Text,
        recipient -> Text,
        subject -> Text,
        text -> Text,
        idempotency_key -> Text,
        state -> Text,
        tries -> BigInt,
        next_try_at -> BigInt,
        last_error -> Text,
        made_at -> BigInt,
        ended_at -> BigInt,
    }
}

diesel::table! {
    step_links (key_hash) {
        key_hash -> Binary,
        user_id -> BigInt,
        issue_id -> BigInt,
        action -> Text,
        made_at -> BigInt,
        expires_at -> BigInt,
        used_at -> BigInt,
    }
}

diesel::table! {
    spot_checks (id) {
        id -> BigInt,
        month -> Date,
        issue_id -> BigInt,
        area_id -> BigInt,
        position -> BigInt,
        reason -> Text,
        drawn_at -> BigInt,
        result -> Text,
        note -> Text,
        checked_by -> Text,
        checked_at -> BigInt,
        reached -> Text,
        checker_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    spot_draws (month) {
        month -> Date,
        head -> Binary,
        list -> Text,
        drawn_at -> BigInt,
    }
}

diesel::table! {
    draw_messages (month, user_id) {
        month -> Date,
        user_id -> BigInt,
        text -> Text,
        sent_at -> BigInt,
        read_at -> BigInt,
    }
}

diesel::table! {
    signs (id) {
        id -> BigInt,
        issue_id -> BigInt,
        area_id -> BigInt,
        event_id -> BigInt,
        sign -> Text,
        other_issue_id -> Nullable<BigInt>,
        reason -> Text,
        found_at -> BigInt,
    }
}

diesel::table! {
    reply_bands (band, event_id) {
        band -> BigInt,
        event_id -> BigInt,
        issue_id -> BigInt,
    }
}

diesel::table! {
    seals (sealed_on) {
        sealed_on -> Date,
        events -> BigInt,
        audits -> BigInt,
        records -> Nullable<BigInt>,
        head -> Binary,
        mac -> Binary,
        sealed_at -> BigInt,
    }
}

diesel::table! {
    memberships (id) {
        id -> BigInt,
        user_id -> BigInt,
        group_id -> BigInt,
        role -> Text,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
    }
}

diesel::table! {
    day_reports (day, what_by) {
        day -> Date,
        what_by -> Text,
        basis -> Text,
        report -> Text,
    }
}

diesel::joinable!(units -> areas (area_id));
diesel::joinable!(groups -> areas (area_id));
diesel::joinable!(groups -> units (lead_unit_id));
diesel::joinable!(enterprises -> areas (area_id));
diesel::joinable!(users -> areas (area_id));
diesel::joinable!(users -> groups (group_id));
diesel::joinable!(users -> units (unit_id));
diesel::joinable!(users -> enterprises (enterprise_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(audit_events -> users (actor_id));
diesel::joinable!(record_events -> users (actor_id));
diesel::joinable!(assignments -> enterprises (enterprise_id));
diesel::joinable!(assignments -> users (cadre_id));
diesel::joinable!(assignments -> groups (group_id));
diesel::joinable!(visits -> enterprises (enterprise_id));
diesel::joinable!(visits -> users (cadre_id));
diesel::joinable!(visits -> groups (group_id));
diesel::joinable!(visits -> areas (area_id));
diesel::joinable!(symposiums -> groups (group_id));
diesel::joinable!(symposiums -> areas (area_id));
diesel::joinable!(symposiums -> users (host_id));
diesel::joinable!(symposium_enterprises -> symposiums (symposium_id));
diesel::joinable!(symposium_enterprises -> enterprises (enterprise_id));
diesel::joinable!(issues -> enterprises (enterprise_id));
diesel::joinable!(issues -> groups (group_id));
diesel::joinable!(issues -> categories (category_id));
diesel::joinable!(issues -> units (lead_unit_id));
diesel::joinable!(issue_details -> issues (issue_id));
diesel::joinable!(issue_details -> visits (visit_id));
diesel::joinable!(issue_details -> symposiums (symposium_id));
diesel::joinable!(issue_details -> users (reviewer_id));
diesel::joinable!(issue_units -> issues (issue_id));
diesel::joinable!(issue_units -> units (unit_id));
diesel::joinable!(issue_units -> users (handler_id));
diesel::joinable!(issue_events -> issues (issue_id));
diesel::joinable!(issue_events -> users (actor_id));
diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(enterprise_pasts -> enterprises (enterprise_id));
diesel::joinable!(issue_spans -> issues (issue_id));
diesel::joinable!(issue_spans -> areas (area_id));
diesel::joinable!(issue_spans -> groups (group_id));
diesel::joinable!(issue_spans -> units (lead_unit_id));
diesel::joinable!(issue_spans -> categories (category_id));
diesel::joinable!(attachments -> issues (issue_id));
diesel::joinable!(attachments -> users (actor_id));
diesel::joinable!(slips -> issues (issue_id));
diesel::joinable!(saved_filters -> users (user_id));
diesel::joinable!(ledger_views -> users (user_id));
diesel::joinable!(feedback -> users (user_id));
diesel::joinable!(imports -> users (user_id));
diesel::joinable!(rule_versions -> users (actor_id));
diesel::joinable!(supervisions -> issues (issue_id));
diesel::joinable!(supervisions -> units (unit_id));
diesel::joinable!(supervisions -> areas (office_area_id));
diesel::joinable!(instructions -> issues (issue_id));
diesel::joinable!(instructions -> users (leader_id));
diesel::joinable!(messages -> users (user_id));
diesel::joinable!(messages -> issues (issue_id));
diesel::joinable!(message_settings -> users (user_id));
diesel::joinable!(deliveries -> messages (message_id));
diesel::joinable!(step_links -> users (user_id));
diesel::joinable!(step_links -> issues (issue_id));
diesel::joinable!(spot_checks -> issues (issue_id));
diesel::joinable!(spot_checks -> areas (area_id));
diesel::joinable!(spot_checks -> users (checker_id));
diesel::joinable!(draw_messages -> users (user_id));
diesel::joinable!(signs -> areas (area_id));
diesel::joinable!(signs -> issue_events (event_id));
diesel::joinable!(reply_bands -> issue_events (event_id));
diesel::joinable!(reply_bands -> issues (issue_id));

diesel::allow_tables_to_appear_in_same_query!(
    settings,
    areas,
    units,
    groups,
    categories,
    enterprises,
    enterprise_pasts,
    enterprise_terms,
    users,
    sessions,
    rate_limits,
    once_tokens,
    audit_events,
    record_events,
    assignments,
    visits,
    symposiums,
    symposium_enterprises,
    issue_numbers,
    issues,
    issue_details,
    issue_units,
    issue_events,
    issue_spans,
    memberships,
    day_reports,
    issue_terms,
    attachments,
    slips,
    saved_filters,
    ledger_views,
    feedback,
    imports,
    rule_versions,
    supervisions,
    instructions,
    leases,
    messages,
    message_settings,
    deliveries,
    step_links,
    spot_checks,
    spot_draws,
    draw_messages,
    signs,
    reply_bands,
    seals,
);
