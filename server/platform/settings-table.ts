/** A setting as it stands in the table: its JSON Schema, what it means, and what an empty one becomes. */
export interface SettingEntry {
  /** Schema of the value; environment text is coerced to its type. `format: 'path'` is made absolute, `networks` are private ones with commas between them. */
  readonly schema: {
    readonly type: 'string' | 'integer' | 'boolean';
    readonly enum?: readonly string[];
    readonly pattern?: string;
    readonly format?: 'path' | 'networks';
    readonly minimum?: number;
    readonly maximum?: number;
  };
  /** Taken where the variable is unset or empty. Absent: the setting has no value then. */
  readonly default?: string | number | boolean;
  /** What the default is in words, where it is computed. */
  readonly defaultText?: string;
  /** What is allowed, in words, where the schema's own words would not help. */
  readonly allowed?: string;
  readonly zh: string;
  readonly en: string;
  /** Its value is never printed. */
  readonly secret?: true;
}

const port = { type: 'integer', minimum: 1, maximum: 65535 } as const;
const duration = { type: 'string', pattern: '^[1-9][0-9]{0,5}(s|m|h|d)$' } as const;
const durationAllowed = 'a whole number with s, m, h or d, such as 12h or 30d';

/** Every setting there is. Validation, `neiqin settings`, the README's table and the type `Settings` come from here. */
export const settingsTable = {
  HOST: {
    schema: { type: 'string', pattern: '^[0-9A-Za-z.:-]+$' },
    default: '127.0.0.1',
    allowed: '127.0.0.1, localhost or ::1; any other address, such as 0.0.0.0, only in a container (NEIQIN_CONTAINER=1)',
    zh: 'API 监听的地址',
    en: 'Address the API listens on',
  },
  PORT: { schema: port, default: 3000, zh: 'API 监听的端口', en: 'Port the API listens on' },
  NEIQIN_CONTAINER: {
    schema: { type: 'boolean' },
    default: false,
    zh: '在容器内运行：允许监听 0.0.0.0',
    en: 'Runs in a container: listening on 0.0.0.0 is allowed',
  },
  NEIQIN_DATA: {
    schema: { type: 'string', format: 'path' },
    defaultText: '.neiqin/data in the project',
    zh: '状态所在的文件夹（数据库、流程历史、日志）',
    en: 'Folder that holds all state: databases, histories, logs',
  },
  NEIQIN_CACHE: {
    schema: { type: 'string', format: 'path' },
    defaultText: 'neiqin in $XDG_CACHE_HOME or ~/.cache',
    zh: '下载内容所在的文件夹',
    en: 'Folder for what was downloaded; may be deleted at any time',
  },
  NEIQIN_DEFINITIONS: {
    schema: { type: 'string', format: 'path' },
    defaultText: 'definitions in the project',
    zh: '启动时发布的流程定义文件夹',
    en: 'Folder of the process definitions that are published at start',
  },
  NEIQIN_DEMO: {
    schema: { type: 'boolean' },
    defaultText: 'true on a loopback HOST, else false',
    zh: '创建演示经销商和演示账号（密码 neiqin）',
    en: 'Create the demo dealerships and accounts (password neiqin)',
  },
  NEIQIN_VIRTUAL_TIME: {
    schema: { type: 'boolean' },
    default: false,
    allowed: 'true or false; true only with NEIQIN_DEMO and the embedded Temporal',
    zh: '演练用服务器：可推进流程的时钟，连接器等待人工给出的应答',
    en: 'A server for rehearsals: clocks of cases can be advanced, and connectors wait to be answered by hand',
  },
  NEIQIN_LOG_LEVEL: {
    schema: { type: 'string', enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] },
    default: 'info',
    zh: '日志级别',
    en: 'How much is logged',
  },
  NEIQIN_SESSION_LIFETIME: {
    schema: duration,
    default: '12h',
    allowed: durationAllowed,
    zh: '登录会话的有效期',
    en: 'How long a log-in lasts',
  },
  NEIQIN_OFFLINE: {
    schema: { type: 'boolean' },
    default: false,
    zh: '不下载任何内容',
    en: 'Never download anything',
  },
  NEIQIN_OPEN_NETWORKS: {
    schema: { type: 'string', format: 'networks' },
    default: '',
    defaultText: 'none; in demo mode this machine',
    allowed: 'networks with commas between them, such as 10.1.0.0/16,fd00:1::/32',
    zh: '允许连接器访问的内网网段',
    en: 'Private networks that connectors may connect to',
  },
  SMTP_URL: {
    schema: { type: 'string', pattern: '^smtps?://' },
    allowed: 'the address of a mail server, smtp://USER:PASSWORD@HOST:PORT or smtps://…',
    defaultText: 'none: mails are files in outbox in NEIQIN_DATA',
    secret: true,
    zh: '邮件服务器地址；不设则邮件写成 NEIQIN_DATA/outbox 里的文件',
    en: 'Mail server that mails leave by',
  },
  MAIL_FROM: {
    schema: { type: 'string', pattern: '^[^\\s@<>",;]+@[^\\s@<>",;]+$' },
    default: 'neiqin@localhost',
    allowed: 'a mail address, such as office@example.com',
    zh: '邮件的发件人地址',
    en: 'Address that mails are from',
  },
  DATABASE_URL: {
    schema: { type: 'string', pattern: '^postgres(ql)?://' },
    allowed: 'a PostgreSQL address, postgresql://USER:PASSWORD@HOST:PORT/DATABASE',
    defaultText: 'the embedded PostgreSQL',
    secret: true,
    zh: 'PostgreSQL 地址；不设则使用内嵌的 PostgreSQL',
    en: 'PostgreSQL to use; the role must own the database and may create roles',
  },
  DATABASE_PORT: { schema: port, default: 54390, zh: '内嵌 PostgreSQL 的端口', en: 'Port of the embedded PostgreSQL' },
  TEMPORAL_ADDRESS: {
    schema: { type: 'string', pattern: '^[^\\s/]+:[0-9]{1,5}$' },
    allowed: 'HOST:PORT of a Temporal frontend',
    defaultText: 'the embedded Temporal',
    zh: 'Temporal 地址；不设则使用内嵌的 Temporal',
    en: 'Temporal to use',
  },
  TEMPORAL_PORT: { schema: port, default: 7339, zh: '内嵌 Temporal 的端口', en: 'Port of the embedded Temporal' },
  TEMPORAL_UI_PORT: { schema: port, default: 8339, zh: '内嵌 Temporal 界面的端口', en: "Port of the embedded Temporal's user interface" },
  TEMPORAL_NAMESPACE: {
    schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{1,254}$' },
    default: 'default',
    zh: 'Temporal 命名空间',
    en: 'Temporal namespace',
  },
  TEMPORAL_TASK_QUEUE: {
    schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$' },
    default: 'neiqin',
    zh: 'Temporal 任务队列',
    en: 'Temporal task queue that workers and API share',
  },
  NEIQIN_TEMPORAL_CLI: {
    schema: { type: 'string', format: 'path' },
    defaultText: 'found or downloaded, see neiqin doctor',
    zh: 'Temporal CLI 程序的路径',
    en: 'Path of the Temporal CLI',
  },
  NEIQIN_TEMPORAL_RETENTION: {
    schema: { type: 'string', pattern: '^[1-9][0-9]{0,4}d$' },
    default: '30d',
    allowed: 'whole days, such as 30d',
    zh: '内嵌 Temporal 保留已结束流程历史的时间（之后在 PostgreSQL 归档中）',
    en: 'How long the embedded Temporal keeps the history of closed cases (PostgreSQL keeps them for good)',
  },
} as const satisfies Record<string, SettingEntry>;
