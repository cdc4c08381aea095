-- The schema as the migrations make it: for readers. The migrations are what runs.

-- tables
create table account (
  username text not null,
  dealership_id text not null,
  password_hash text not null,
  roles text[] not null,
  disabled boolean not null default false,
  created_at timestamp with time zone not null default now()
);
create table audit_event (
  root_key text collate "C" not null,
  sequence integer not null,
  position integer not null,
  dealership_id text not null,
  instance_key text not null,
  at timestamp with time zone not null,
  actor text not null,
  type text not null,
  element_id text,
  record json not null,
  prev_hash bytea not null,
  hash bytea not null
);
create table command (
  command_id uuid not null,
  dealership_id text not null,
  subject text not null,
  route text not null,
  idempotency_key text not null,
  fingerprint bytea not null,
  kind text not null,
  update_id text not null,
  workflow_id text not null,
  instance_key text not null,
  state text not null default 'PENDING'::text,
  status smallint,
  response json,
  created_at timestamp with time zone not null default now(),
  settled_at timestamp with time zone,
  next_sweep_at timestamp with time zone not null,
  sweeps integer not null default 0
);
create table connector_effect (
  dealership_id text not null,
  idempotency_key text not null,
  connector text not null,
  result json not null,
  done_at timestamp with time zone not null,
  instance_key text,
  element_id text
);
create table dealership (
  dealership_id text not null,
  title jsonb not null,
  timezone text not null,
  roles jsonb not null default '{}'::jsonb,
  published_at timestamp with time zone not null default now(),
  connections jsonb,
  publishers jsonb,
  users jsonb
);
create table denial (
  denial_id bigint not null generated always as identity,
  dealership_id text not null,
  at timestamp with time zone not null default now(),
  actor text not null,
  route text not null,
  code text not null,
  details jsonb,
  trace_id text not null
);
create table deployment (
  deployment_id uuid not null,
  sequence bigint not null generated always as identity,
  dealership_id text not null,
  from_folder boolean not null,
  deployed_by text not null,
  deployed_at timestamp with time zone not null default now(),
  processes json not null,
  forms json not null,
  registers json not null default '[]'::json,
  reports json not null default '[]'::json,
  templates json not null default '[]'::json
);
create table deployment_document (
  deployment_id uuid not null,
  dealership_id text not null,
  kind text not null,
  document_id text not null,
  path text not null,
  text text
);
create table document (
  dealership_id text not null,
  document_id uuid not null,
  name text not null,
  media_type text not null,
  bytes integer not null,
  sha256 text not null,
  content bytea not null,
  instance_key text,
  element_id text,
  created_by text,
  created_at timestamp with time zone not null,
  idempotency_key text not null
);
create table document_template (
  dealership_id text not null,
  template_id text not null,
  hash text not null,
  definition json not null,
  withdrawn boolean not null default false,
  published_at timestamp with time zone not null default now()
);
create table duty_schedule (
  dealership_id text not null,
  schedule_id text not null,
  definition jsonb not null,
  withdrawn boolean not null default false,
  scheduled boolean not null default false,
  scheduled_until timestamp with time zone,
  published_at timestamp with time zone not null default now()
);
create table event_start (
  dealership_id text not null,
  process_id text not null,
  node_id text not null,
  kind text not null,
  name text,
  withdrawn boolean not null default false,
  scheduled boolean not null default false,
  scheduled_until timestamp with time zone,
  published_at timestamp with time zone not null default now()
);
create table form (
  dealership_id text not null,
  hash text not null,
  form_id text not null,
  title jsonb not null,
  schema json not null,
  shows json not null,
  published_at timestamp with time zone not null default now()
);
create table incident (
  incident_key text collate "C" not null,
  dealership_id text not null,
  root_key text collate "C" not null,
  instance_key text collate "C" not null,
  element_id text not null,
  code text not null,
  message text not null,
  state text not null,
  opened_at timestamp with time zone not null,
  resolved_at timestamp with time zone,
  resolved_by text
);
create table installation (
  name text not null,
  value text not null
);
create table message (
  dealership_id text not null,
  message_id text not null,
  name text not null,
  correlation_key text not null,
  variables jsonb not null,
  actor jsonb not null,
  published_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  state text not null,
  subscription_key text,
  root_key text,
  matched_at timestamp with time zone,
  waits_for text
);
create table message_subscription (
  subscription_key text collate "C" not null,
  dealership_id text not null,
  root_key text collate "C" not null,
  instance_key text collate "C" not null,
  workflow_id text not null,
  element_id text not null,
  name text not null,
  correlation_key text,
  open boolean not null
);
create table migration (
  name text not null,
  applied_at timestamp with time zone not null default now()
);
create table notification (
  dealership_id text not null,
  notification_id uuid not null,
  username text not null,
  title text not null,
  text text,
  link text,
  documents jsonb not null default '[]'::jsonb,
  created_at timestamp with time zone not null,
  read_at timestamp with time zone,
  instance_key text not null,
  element_id text not null,
  idempotency_key text not null
);
create table number_sequence (
  dealership_id text not null,
  name text not null,
  period text not null,
  last bigint not null
);
create table outbound_order (
  dealership_id text not null,
  number text not null,
  order_number text not null,
  issued_at timestamp with time zone not null,
  issued_by text not null,
  revoked_at timestamp with time zone,
  revoked_by text,
  revoke_reason text,
  instance_key text,
  element_id text
);
create table payment (
  dealership_id text not null,
  bank text not null,
  bank_reference text not null,
  order_number text not null,
  amount numeric(18,2) not null,
  booked_at timestamp with time zone not null,
  booked_by text not null,
  refunded_at timestamp with time zone,
  refunded_by text,
  refund_reason text,
  instance_key text,
  element_id text
);
create table process_definition (
  dealership_id text not null,
  process_id text not null,
  version integer not null,
  model_hash text not null,
  closure_hash text not null,
  title jsonb not null,
  model json not null,
  closure bytea not null,
  published_at timestamp with time zone not null default now()
);
create table process_instance (
  instance_key text collate "C" not null,
  dealership_id text not null,
  root_key text collate "C" not null,
  parent_key text collate "C",
  process_id text not null,
  model_hash text not null,
  business_key text not null,
  workflow_id text not null,
  state text not null,
  started_at timestamp with time zone not null,
  started_by text not null,
  ended_at timestamp with time zone,
  end_name text,
  applied_sequence integer,
  chain_head bytea,
  archived boolean not null default false
) with (fillfactor=85);
create table process_suspension (
  suspension_id uuid not null,
  dealership_id text not null,
  process_id text not null,
  reason text,
  suspended_by json not null,
  suspended_at timestamp with time zone not null default now(),
  resumed_by json,
  resumed_at timestamp with time zone,
  settled boolean not null default false
);
create table process_suspension_case (
  suspension_id uuid not null,
  instance_key text collate "C" not null,
  dealership_id text not null,
  suspended boolean not null,
  resumed boolean not null default false
);
create table register (
  dealership_id text not null,
  register_id text not null,
  version integer not null,
  hash text not null,
  definition json not null,
  published_at timestamp with time zone not null default now()
);
create table register_change (
  change_id bigint not null generated always as identity,
  dealership_id text not null,
  register_id text not null,
  register_hash text not null,
  key text collate "C" not null,
  version integer not null,
  kind text not null,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  before jsonb,
  after jsonb,
  instance_key text,
  element_id text,
  idempotency_key text not null
);
create table register_index (
  dealership_id text not null,
  register_id text not null,
  columns text not null,
  value text collate "C" not null,
  row_id bigint not null
);
create table register_row (
  row_id bigint not null generated always as identity,
  dealership_id text not null,
  register_id text not null,
  key text collate "C" not null,
  values jsonb not null,
  version integer not null,
  deleted boolean not null default false,
  created_at timestamp with time zone not null,
  created_by text not null,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  instance_key text,
  element_id text
);
create table register_unique (
  dealership_id text not null,
  register_id text not null,
  columns text not null,
  value text collate "C" not null,
  row_id bigint not null
);
create table report (
  dealership_id text not null,
  report_id text not null,
  hash text not null,
  definition json not null,
  withdrawn boolean not null default false,
  published_at timestamp with time zone not null default now()
);
create table report_delivery (
  delivery_id bigint not null generated always as identity,
  dealership_id text not null,
  report_id text not null,
  version integer not null,
  recipient text not null,
  by text not null,
  delivered_at timestamp with time zone not null,
  instance_key text,
  element_id text
);
create table report_version (
  dealership_id text not null,
  report_id text not null,
  version integer not null,
  period text not null,
  revision integer not null,
  report_hash text not null,
  as_of timestamp with time zone not null,
  run_at timestamp with time zone not null,
  run_by text not null,
  corrects integer,
  reason text,
  row_count integer not null,
  totals json not null,
  hash text not null,
  content json not null,
  instance_key text,
  element_id text
);
create table reservation (
  dealership_id text not null,
  register_id text not null,
  key text collate "C" not null,
  held_for text not null,
  held_since timestamp with time zone not null,
  held_until timestamp with time zone,
  instance_key text,
  element_id text
);
create table run_history (
  instance_key text collate "C" not null,
  run_id text not null,
  dealership_id text not null,
  run_number integer not null,
  events integer not null,
  sha256 bytea not null,
  content bytea not null,
  complete boolean not null,
  archived_at timestamp with time zone not null default now()
);
create table schedule_run (
  dealership_id text not null,
  schedule_id text not null,
  nominal_at timestamp with time zone not null,
  state text not null,
  reason text,
  instance_key text,
  recorded_at timestamp with time zone not null default now()
);
create table session (
  token_hash bytea not null,
  dealership_id text not null,
  username text not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null
);
create table signal_target (
  dealership_id text not null,
  signal_id text not null,
  position integer not null,
  root_key text collate "C",
  workflow_id text,
  process_id text,
  node_id text,
  delivered boolean not null default false
);
create table substitution (
  substitution_id uuid not null,
  dealership_id text not null,
  principal text not null,
  substitute text not null,
  valid_from timestamp with time zone not null,
  valid_until timestamp with time zone not null,
  process_ids text[],
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  revoked_by text,
  revoked_at timestamp with time zone
);
create table task_candidate (
  task_key text collate "C" not null,
  candidate text not null,
  dealership_id text not null,
  due_sort timestamp with time zone not null
);
create table task_comment (
  comment_id uuid not null,
  dealership_id text not null,
  task_key text collate "C" not null,
  root_key text collate "C" not null,
  author text not null,
  text text not null,
  created_at timestamp with time zone not null default now()
);
create table task_copy (
  task_key text collate "C" not null,
  recipient text not null,
  dealership_id text not null,
  root_key text collate "C" not null,
  copied_by text not null,
  copied_at timestamp with time zone not null
);
create table task_copy_read (
  task_key text collate "C" not null,
  reader text not null,
  dealership_id text not null,
  read_at timestamp with time zone not null default now()
);
create table task_distribution (
  root_key text collate "C" not null,
  task_id text not null,
  dealership_id text not null,
  process_id text not null,
  element_id text not null,
  assignee text,
  nobody boolean not null,
  decided_at timestamp with time zone not null
);
create table task_draft (
  task_key text collate "C" not null,
  username text not null,
  dealership_id text not null,
  root_key text collate "C" not null,
  outcome text,
  variables jsonb not null,
  saved_at timestamp with time zone not null default now()
);
create table user_task (
  task_key text collate "C" not null,
  dealership_id text not null,
  root_key text collate "C" not null,
  instance_key text collate "C" not null,
  element_id text not null,
  process_id text not null,
  model_hash text not null,
  business_key text not null,
  title jsonb,
  state text not null,
  assignee text,
  candidate_groups text[] not null,
  candidate_users text[] not null,
  excluded_users text[] not null,
  priority smallint not null,
  created_at timestamp with time zone not null,
  due_at timestamp with time zone,
  due_sort timestamp with time zone not null generated always as (COALESCE(due_at, 'infinity'::timestamp with time zone)) stored,
  completed_at timestamp with time zone,
  completed_by text,
  outcome text,
  urged_count integer not null,
  escalated_to text[] not null,
  opened_sequence integer not null,
  changed_sequence integer not null,
  scope_keys text[] not null default '{}'::text[],
  follow_up_at timestamp with time zone,
  completed_for text,
  only_users text[],
  delegated_by text
);
create table variable (
  instance_key text collate "C" not null,
  name text not null,
  dealership_id text not null,
  value jsonb not null,
  scope_key text collate "C" not null
);
create table vehicle (
  dealership_id text not null,
  vin text not null,
  model text not null,
  status text not null,
  pledged_to text,
  reserved_by text,
  received_at timestamp with time zone not null,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  instance_key text,
  element_id text
);

-- constraints
alter table account add constraint account_pkey PRIMARY KEY (username);
alter table audit_event add constraint audit_event_pkey PRIMARY KEY (root_key, sequence, "position");
alter table command add constraint command_dealership_id_subject_route_idempotency_key_key UNIQUE (dealership_id, subject, route, idempotency_key);
alter table command add constraint command_pkey PRIMARY KEY (command_id);
alter table command add constraint command_state_check CHECK ((state = ANY (ARRAY['PENDING'::text, 'DONE'::text, 'CLOSED'::text])));
alter table connector_effect add constraint connector_effect_pkey PRIMARY KEY (dealership_id, idempotency_key);
alter table dealership add constraint dealership_pkey PRIMARY KEY (dealership_id);
alter table denial add constraint denial_pkey PRIMARY KEY (denial_id);
alter table deployment add constraint deployment_pkey PRIMARY KEY (deployment_id);
alter table deployment_document add constraint deployment_document_pkey PRIMARY KEY (deployment_id, kind, document_id);
alter table document add constraint document_check CHECK ((bytes = octet_length(content)));
alter table document add constraint document_check1 CHECK (((created_by IS NULL) = (element_id IS NOT NULL)));
alter table document add constraint document_dealership_id_idempotency_key_key UNIQUE (dealership_id, idempotency_key);
alter table document add constraint document_pkey PRIMARY KEY (document_id);
alter table document_template add constraint document_template_pkey PRIMARY KEY (dealership_id, template_id);
alter table duty_schedule add constraint duty_schedule_pkey PRIMARY KEY (dealership_id, schedule_id);
alter table event_start add constraint event_start_kind_check CHECK ((kind = ANY (ARRAY['message'::text, 'signal'::text, 'timer'::text, 'condition'::text])));
alter table event_start add constraint event_start_pkey PRIMARY KEY (dealership_id, process_id, node_id);
alter table form add constraint form_pkey PRIMARY KEY (dealership_id, hash);
alter table incident add constraint incident_pkey PRIMARY KEY (incident_key);
alter table incident add constraint incident_state_check CHECK ((state = ANY (ARRAY['ACTIVE'::text, 'RESOLVED'::text])));
alter table installation add constraint installation_pkey PRIMARY KEY (name);
alter table message add constraint message_pkey PRIMARY KEY (dealership_id, message_id);
alter table message add constraint message_state_check CHECK ((state = ANY (ARRAY['BUFFERED'::text, 'MATCHED'::text, 'CORRELATED'::text, 'EXPIRED'::text])));
alter table message_subscription add constraint message_subscription_pkey PRIMARY KEY (subscription_key);
alter table migration add constraint migration_pkey PRIMARY KEY (name);
alter table notification add constraint notification_pkey PRIMARY KEY (dealership_id, notification_id);
alter table number_sequence add constraint number_sequence_last_check CHECK ((last > 0));
alter table number_sequence add constraint number_sequence_pkey PRIMARY KEY (dealership_id, name, period);
alter table outbound_order add constraint outbound_order_check CHECK (((revoked_at IS NULL) = (revoked_by IS NULL)));
alter table outbound_order add constraint outbound_order_pkey PRIMARY KEY (dealership_id, number);
alter table payment add constraint payment_amount_check CHECK ((amount > (0)::numeric));
alter table payment add constraint payment_check CHECK (((refunded_at IS NULL) = (refunded_by IS NULL)));
alter table payment add constraint payment_pkey PRIMARY KEY (dealership_id, bank, bank_reference);
alter table process_definition add constraint process_definition_pkey PRIMARY KEY (dealership_id, process_id, version);
alter table process_instance add constraint process_instance_check CHECK (((instance_key = root_key) = (applied_sequence IS NOT NULL)));
alter table process_instance add constraint process_instance_check1 CHECK (((instance_key = root_key) = (chain_head IS NOT NULL)));
alter table process_instance add constraint process_instance_pkey PRIMARY KEY (instance_key);
alter table process_instance add constraint process_instance_state_check CHECK ((state = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text, 'COMPLETED'::text, 'CANCELED'::text, 'TERMINATED'::text])));
alter table process_suspension add constraint process_suspension_pkey PRIMARY KEY (suspension_id);
alter table process_suspension_case add constraint process_suspension_case_pkey PRIMARY KEY (suspension_id, instance_key);
alter table register add constraint register_pkey PRIMARY KEY (dealership_id, register_id, version);
alter table register_change add constraint register_change_kind_check CHECK ((kind = ANY (ARRAY['insert'::text, 'update'::text, 'delete'::text, 'same'::text])));
alter table register_change add constraint register_change_pkey PRIMARY KEY (change_id);
alter table register_index add constraint register_index_pkey PRIMARY KEY (dealership_id, register_id, columns, value, row_id);
alter table register_row add constraint register_row_pkey PRIMARY KEY (dealership_id, register_id, key);
alter table register_row add constraint register_row_row_id_key UNIQUE (row_id);
alter table register_unique add constraint register_unique_pkey PRIMARY KEY (dealership_id, register_id, columns, value);
alter table report add constraint report_pkey PRIMARY KEY (dealership_id, report_id);
alter table report_delivery add constraint report_delivery_by_check CHECK ((by = ANY (ARRAY['inbox'::text, 'mail'::text])));
alter table report_delivery add constraint report_delivery_pkey PRIMARY KEY (delivery_id);
alter table report_version add constraint report_version_check CHECK (((corrects IS NULL) OR (corrects < version)));
alter table report_version add constraint report_version_pkey PRIMARY KEY (dealership_id, report_id, version);
alter table reservation add constraint reservation_pkey PRIMARY KEY (dealership_id, register_id, key);
alter table run_history add constraint run_history_pkey PRIMARY KEY (instance_key, run_id, complete);
alter table schedule_run add constraint schedule_run_check CHECK (((state = 'started'::text) = (instance_key IS NOT NULL)));
alter table schedule_run add constraint schedule_run_check1 CHECK (((state = 'started'::text) = (reason IS NULL)));
alter table schedule_run add constraint schedule_run_pkey PRIMARY KEY (dealership_id, schedule_id, nominal_at);
alter table schedule_run add constraint schedule_run_state_check CHECK ((state = ANY (ARRAY['started'::text, 'missed'::text, 'skipped'::text])));
alter table session add constraint session_pkey PRIMARY KEY (token_hash);
alter table signal_target add constraint signal_target_check CHECK (((root_key IS NULL) = (process_id IS NOT NULL)));
alter table signal_target add constraint signal_target_pkey PRIMARY KEY (dealership_id, signal_id, "position");
alter table substitution add constraint substitution_check CHECK ((principal <> substitute));
alter table substitution add constraint substitution_check1 CHECK ((valid_from < valid_until));
alter table substitution add constraint substitution_pkey PRIMARY KEY (substitution_id);
alter table task_candidate add constraint task_candidate_pkey PRIMARY KEY (task_key, candidate);
alter table task_comment add constraint task_comment_pkey PRIMARY KEY (comment_id);
alter table task_copy add constraint task_copy_pkey PRIMARY KEY (task_key, recipient);
alter table task_copy_read add constraint task_copy_read_pkey PRIMARY KEY (task_key, reader);
alter table task_distribution add constraint task_distribution_pkey PRIMARY KEY (root_key, task_id);
alter table task_draft add constraint task_draft_pkey PRIMARY KEY (task_key, username);
alter table user_task add constraint user_task_pkey PRIMARY KEY (task_key);
alter table user_task add constraint user_task_state_check CHECK ((state = ANY (ARRAY['CREATED'::text, 'COMPLETED'::text, 'CANCELED'::text])));
alter table variable add constraint variable_pkey PRIMARY KEY (scope_key, name);
alter table vehicle add constraint vehicle_check CHECK (((status = 'in-stock'::text) = (reserved_by IS NULL)));
alter table vehicle add constraint vehicle_pkey PRIMARY KEY (dealership_id, vin);
alter table vehicle add constraint vehicle_status_check CHECK ((status = ANY (ARRAY['in-stock'::text, 'reserved'::text, 'delivered'::text])));
alter table vehicle add constraint vehicle_vin_check CHECK ((vin ~ '^[A-HJ-NPR-Z0-9]{17}$'::text));

-- indexes
CREATE INDEX account_by_dealership ON public.account USING btree (dealership_id, username);
CREATE INDEX command_pending ON public.command USING btree (next_sweep_at) WHERE (state = 'PENDING'::text);
CREATE INDEX denial_by_time ON public.denial USING btree (dealership_id, at);
CREATE INDEX deployment_document_by_id ON public.deployment_document USING btree (dealership_id, kind, document_id);
CREATE INDEX document_of_case ON public.document USING btree (dealership_id, instance_key) WHERE (instance_key IS NOT NULL);
CREATE INDEX duty_schedule_unscheduled ON public.duty_schedule USING btree (dealership_id) WHERE ((NOT scheduled) OR (scheduled_until IS NOT NULL));
CREATE INDEX event_start_by_name ON public.event_start USING btree (dealership_id, kind, name) WHERE (NOT withdrawn);
CREATE INDEX event_start_unscheduled ON public.event_start USING btree (dealership_id) WHERE ((kind = 'timer'::text) AND ((NOT scheduled) OR (scheduled_until IS NOT NULL)));
CREATE INDEX incident_active ON public.incident USING btree (dealership_id, opened_at) WHERE (state = 'ACTIVE'::text);
CREATE INDEX incident_by_instance ON public.incident USING btree (instance_key);
CREATE INDEX message_buffered ON public.message USING btree (dealership_id, name, correlation_key, published_at) WHERE (state = 'BUFFERED'::text);
CREATE INDEX message_matched ON public.message USING btree (matched_at) WHERE (state = 'MATCHED'::text);
CREATE INDEX message_subscription_open ON public.message_subscription USING btree (dealership_id, name, correlation_key) WHERE open;
CREATE INDEX message_waiting ON public.message USING btree (dealership_id, waits_for) WHERE ((state = 'BUFFERED'::text) AND (waits_for IS NOT NULL));
CREATE INDEX notification_by_person ON public.notification USING btree (dealership_id, username, ((read_at IS NOT NULL)), created_at DESC, notification_id);
CREATE INDEX outbound_order_by_time ON public.outbound_order USING btree (dealership_id, issued_at);
CREATE INDEX payment_by_order ON public.payment USING btree (dealership_id, order_number);
CREATE INDEX payment_by_time ON public.payment USING btree (dealership_id, booked_at);
CREATE INDEX process_definition_by_model ON public.process_definition USING btree (dealership_id, model_hash);
CREATE INDEX process_instance_by_business_key ON public.process_instance USING btree (dealership_id, business_key);
CREATE INDEX process_instance_by_case ON public.process_instance USING btree (root_key);
CREATE INDEX process_instance_by_start ON public.process_instance USING btree (dealership_id, started_at DESC, instance_key DESC);
CREATE INDEX process_instance_running ON public.process_instance USING btree (dealership_id, process_id) WHERE ((parent_key IS NULL) AND (state = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text])));
CREATE INDEX process_instance_unarchived ON public.process_instance USING btree (ended_at) WHERE ((parent_key IS NULL) AND (ended_at IS NOT NULL) AND (NOT archived));
CREATE INDEX process_suspension_unsettled ON public.process_suspension USING btree (suspended_at) WHERE (NOT settled);
CREATE INDEX register_change_by_case ON public.register_change USING btree (dealership_id, instance_key) WHERE (instance_key IS NOT NULL);
CREATE INDEX register_change_by_time ON public.register_change USING btree (dealership_id, register_id, changed_at);
CREATE INDEX register_index_by_row ON public.register_index USING btree (dealership_id, row_id);
CREATE INDEX register_unique_by_row ON public.register_unique USING btree (dealership_id, row_id);
CREATE INDEX report_delivery_by_version ON public.report_delivery USING btree (dealership_id, report_id, version);
CREATE INDEX session_by_expiry ON public.session USING btree (expires_at);
CREATE INDEX signal_target_left ON public.signal_target USING btree (dealership_id, signal_id, "position") WHERE (NOT delivered);
CREATE INDEX substitution_by_principal ON public.substitution USING btree (dealership_id, principal, valid_until) WHERE (revoked_at IS NULL);
CREATE INDEX substitution_by_substitute ON public.substitution USING btree (dealership_id, substitute, valid_until) WHERE (revoked_at IS NULL);
CREATE INDEX task_candidate_by_due ON public.task_candidate USING btree (dealership_id, candidate, due_sort, task_key);
CREATE INDEX task_comment_by_task ON public.task_comment USING btree (task_key, created_at, comment_id);
CREATE INDEX task_copy_by_recipient ON public.task_copy USING btree (dealership_id, recipient, copied_at DESC, task_key DESC);
CREATE INDEX task_distribution_by_step ON public.task_distribution USING btree (dealership_id, process_id, element_id, assignee, decided_at);
CREATE INDEX task_draft_by_case ON public.task_draft USING btree (root_key);
CREATE INDEX user_task_by_case ON public.user_task USING btree (root_key, instance_key);
CREATE INDEX user_task_by_instance ON public.user_task USING btree (instance_key);
CREATE INDEX user_task_open ON public.user_task USING btree (dealership_id, due_sort, task_key) WHERE (state = 'CREATED'::text);
CREATE INDEX user_task_open_by_assignee ON public.user_task USING btree (dealership_id, assignee, due_sort, task_key) WHERE ((state = 'CREATED'::text) AND (assignee IS NOT NULL));
CREATE INDEX user_task_open_by_owner ON public.user_task USING btree (dealership_id, delegated_by) WHERE ((state = 'CREATED'::text) AND (delegated_by IS NOT NULL));
CREATE INDEX variable_by_instance ON public.variable USING btree (instance_key);
CREATE INDEX vehicle_free ON public.vehicle USING btree (dealership_id, model, received_at, vin) WHERE (status = 'in-stock'::text);
CREATE UNIQUE INDEX deployment_by_dealership ON public.deployment USING btree (dealership_id, sequence DESC);
CREATE UNIQUE INDEX notification_once_a_person ON public.notification USING btree (dealership_id, username, idempotency_key);
CREATE UNIQUE INDEX outbound_order_once_an_order ON public.outbound_order USING btree (dealership_id, order_number) WHERE (revoked_at IS NULL);
CREATE UNIQUE INDEX process_suspension_in_force ON public.process_suspension USING btree (dealership_id, process_id) WHERE (resumed_at IS NULL);
CREATE UNIQUE INDEX register_change_by_row ON public.register_change USING btree (dealership_id, register_id, key, version) WHERE (kind <> 'same'::text);
CREATE UNIQUE INDEX register_change_once ON public.register_change USING btree (dealership_id, idempotency_key);
CREATE UNIQUE INDEX report_version_by_period ON public.report_version USING btree (dealership_id, report_id, period, revision);
CREATE UNIQUE INDEX vehicle_once_an_order ON public.vehicle USING btree (dealership_id, reserved_by) WHERE (reserved_by IS NOT NULL);

-- policies
create policy system on account to neiqin_system using (true) with check (true);
create policy tenant on account to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on audit_event to neiqin_system using (true) with check (true);
create policy tenant on audit_event to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on command to neiqin_system using (true) with check (true);
create policy tenant on command to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on connector_effect to neiqin_system using (true) with check (true);
create policy tenant on connector_effect to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on dealership to neiqin_system using (true) with check (true);
create policy tenant on dealership to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on denial to neiqin_system using (true) with check (true);
create policy tenant on denial to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on deployment to neiqin_system using (true) with check (true);
create policy tenant on deployment to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on deployment_document to neiqin_system using (true) with check (true);
create policy tenant on deployment_document to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on document to neiqin_system using (true) with check (true);
create policy tenant on document to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on document_template to neiqin_system using (true) with check (true);
create policy tenant on document_template to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on duty_schedule to neiqin_system using (true) with check (true);
create policy tenant on duty_schedule to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on event_start to neiqin_system using (true) with check (true);
create policy tenant on event_start to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on form to neiqin_system using (true) with check (true);
create policy tenant on form to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on incident to neiqin_system using (true) with check (true);
create policy tenant on incident to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on message to neiqin_system using (true) with check (true);
create policy tenant on message to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on message_subscription to neiqin_system using (true) with check (true);
create policy tenant on message_subscription to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on notification to neiqin_system using (true) with check (true);
create policy tenant on notification to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on number_sequence to neiqin_system using (true) with check (true);
create policy tenant on number_sequence to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on outbound_order to neiqin_system using (true) with check (true);
create policy tenant on outbound_order to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on payment to neiqin_system using (true) with check (true);
create policy tenant on payment to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on process_definition to neiqin_system using (true) with check (true);
create policy tenant on process_definition to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on process_instance to neiqin_system using (true) with check (true);
create policy tenant on process_instance to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on process_suspension to neiqin_system using (true) with check (true);
create policy tenant on process_suspension to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on process_suspension_case to neiqin_system using (true) with check (true);
create policy tenant on process_suspension_case to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on register to neiqin_system using (true) with check (true);
create policy tenant on register to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on register_change to neiqin_system using (true) with check (true);
create policy tenant on register_change to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on register_index to neiqin_system using (true) with check (true);
create policy tenant on register_index to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on register_row to neiqin_system using (true) with check (true);
create policy tenant on register_row to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on register_unique to neiqin_system using (true) with check (true);
create policy tenant on register_unique to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on report to neiqin_system using (true) with check (true);
create policy tenant on report to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on report_delivery to neiqin_system using (true) with check (true);
create policy tenant on report_delivery to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on report_version to neiqin_system using (true) with check (true);
create policy tenant on report_version to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on reservation to neiqin_system using (true) with check (true);
create policy tenant on reservation to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on run_history to neiqin_system using (true) with check (true);
create policy tenant on run_history to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on schedule_run to neiqin_system using (true) with check (true);
create policy tenant on schedule_run to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on session to neiqin_system using (true) with check (true);
create policy tenant on session to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on signal_target to neiqin_system using (true) with check (true);
create policy tenant on signal_target to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on substitution to neiqin_system using (true) with check (true);
create policy tenant on substitution to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on task_candidate to neiqin_system using (true) with check (true);
create policy tenant on task_candidate to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on task_comment to neiqin_system using (true) with check (true);
create policy tenant on task_comment to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on task_copy to neiqin_system using (true) with check (true);
create policy tenant on task_copy to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on task_copy_read to neiqin_system using (true) with check (true);
create policy tenant on task_copy_read to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on task_distribution to neiqin_system using (true) with check (true);
create policy tenant on task_distribution to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on task_draft to neiqin_system using (true) with check (true);
create policy tenant on task_draft to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on user_task to neiqin_system using (true) with check (true);
create policy tenant on user_task to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on variable to neiqin_system using (true) with check (true);
create policy tenant on variable to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));
create policy system on vehicle to neiqin_system using (true) with check (true);
create policy tenant on vehicle to neiqin_app using ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text))) with check ((dealership_id = NULLIF(current_setting('app.dealership'::text, true), ''::text)));

-- rights
grant select on account to neiqin_app;
grant insert, select, update on account to neiqin_system;
grant insert, select on audit_event to neiqin_app;
grant insert, select on audit_event to neiqin_system;
grant insert, select, update on command to neiqin_app;
grant insert, select, update on command to neiqin_system;
grant insert, select on connector_effect to neiqin_app;
grant insert, select on connector_effect to neiqin_system;
grant select on dealership to neiqin_app;
grant insert, select, update on dealership to neiqin_system;
grant insert, select on denial to neiqin_app;
grant insert, select on denial to neiqin_system;
grant select on deployment to neiqin_app;
grant insert, select on deployment to neiqin_system;
grant select on deployment_document to neiqin_app;
grant insert, select on deployment_document to neiqin_system;
grant insert, select on document to neiqin_app;
grant insert, select on document to neiqin_system;
grant select on document_template to neiqin_app;
grant insert, select, update on document_template to neiqin_system;
grant select on duty_schedule to neiqin_app;
grant insert, select, update on duty_schedule to neiqin_system;
grant select on event_start to neiqin_app;
grant delete, insert, select, update on event_start to neiqin_system;
grant select on form to neiqin_app;
grant insert, select on form to neiqin_system;
grant insert, select, update on incident to neiqin_app;
grant insert, select, update on incident to neiqin_system;
grant insert, select on installation to neiqin_system;
grant insert, select, update on message to neiqin_app;
grant insert, select, update on message to neiqin_system;
grant insert, select, update on message_subscription to neiqin_app;
grant insert, select, update on message_subscription to neiqin_system;
grant insert, select on notification to neiqin_app;
grant insert, select on notification to neiqin_system;
grant insert, select, update on number_sequence to neiqin_app;
grant insert, select, update on number_sequence to neiqin_system;
grant insert, select, update on outbound_order to neiqin_app;
grant insert, select, update on outbound_order to neiqin_system;
grant insert, select, update on payment to neiqin_app;
grant insert, select, update on payment to neiqin_system;
grant select on process_definition to neiqin_app;
grant insert, select on process_definition to neiqin_system;
grant insert, select, update on process_instance to neiqin_app;
grant insert, select, update on process_instance to neiqin_system;
grant insert, select, update on process_suspension to neiqin_app;
grant insert, select, update on process_suspension to neiqin_system;
grant insert, select, update on process_suspension_case to neiqin_app;
grant insert, select, update on process_suspension_case to neiqin_system;
grant select on register to neiqin_app;
grant insert, select on register to neiqin_system;
grant insert, select on register_change to neiqin_app;
grant insert, select on register_change to neiqin_system;
grant delete, insert, select on register_index to neiqin_app;
grant delete, insert, select on register_index to neiqin_system;
grant insert, select, update on register_row to neiqin_app;
grant insert, select, update on register_row to neiqin_system;
grant delete, insert, select on register_unique to neiqin_app;
grant delete, insert, select on register_unique to neiqin_system;
grant select on report to neiqin_app;
grant insert, select, update on report to neiqin_system;
grant insert, select on report_delivery to neiqin_app;
grant insert, select on report_delivery to neiqin_system;
grant insert, select on report_version to neiqin_app;
grant insert, select on report_version to neiqin_system;
grant delete, insert, select, update on reservation to neiqin_app;
grant delete, insert, select, update on reservation to neiqin_system;
grant insert, select on run_history to neiqin_app;
grant insert, select on run_history to neiqin_system;
grant insert, select on schedule_run to neiqin_app;
grant insert, select on schedule_run to neiqin_system;
grant select on session to neiqin_app;
grant delete, insert, select on session to neiqin_system;
grant insert, select, update on signal_target to neiqin_app;
grant insert, select, update on signal_target to neiqin_system;
grant insert, select, update on substitution to neiqin_app;
grant insert, select, update on substitution to neiqin_system;
grant delete, insert, select, update on task_candidate to neiqin_app;
grant delete, insert, select, update on task_candidate to neiqin_system;
grant insert, select on task_comment to neiqin_app;
grant insert, select on task_comment to neiqin_system;
grant insert, select on task_copy to neiqin_app;
grant insert, select on task_copy to neiqin_system;
grant insert, select on task_copy_read to neiqin_app;
grant insert, select on task_copy_read to neiqin_system;
grant insert, select on task_distribution to neiqin_app;
grant insert, select on task_distribution to neiqin_system;
grant delete, insert, select, update on task_draft to neiqin_app;
grant delete, insert, select, update on task_draft to neiqin_system;
grant insert, select, update on user_task to neiqin_app;
grant insert, select, update on user_task to neiqin_system;
grant insert, select, update on variable to neiqin_app;
grant insert, select, update on variable to neiqin_system;
grant insert, select, update on vehicle to neiqin_app;
grant insert, select, update on vehicle to neiqin_system;
