import { definitionOf, EVENT_TYPES, type EventType } from '@cloudphone/contracts';

/** EVENTS.md as the register of events says it must read. */
export function renderEventTable(): string {
  const families = [...new Set(EVENT_TYPES.map(familyOf))];
  return [
    '# Events',
    '',
    'Every event that the services publish, as `shared/contracts/src/events/` declares them. This',
    'page is generated, and compared with the register by a test. To write it anew:',
    '`UPDATE_DOCS=1 npx vitest run test/architecture/registers.test.ts`.',
    '',
    "`{member}` stands for a member of the event's data.",
    '',
    '- **Key**: events of one key keep their commit order everywhere.',
    '- **Tags**: cached views built from any of them are dropped.',
    '- **Heard on**: who is told, and the only members of the data that are sent there.',
    '- **Class**: `access` ends or changes the right to see something; nothing older is served.',
    '- **Latest wins**: a later event may replace this one in the queue of a slow socket.',
    ...families.flatMap((family) => ['', `## ${family}`, ...familyTable(family)]),
    '',
  ].join('\n');
}

const familyOf = (type: EventType) => type.slice(0, type.indexOf('.'));

function familyTable(family: string): string[] {
  const types = EVENT_TYPES.filter((type) => familyOf(type) === family);
  const shapes = new Map<string, EventType[]>();
  for (const type of types) {
    const members = membersOf(type).join(', ');
    shapes.set(members, [...(shapes.get(members) ?? []), type]);
  }
  return [
    '',
    '| type | key | tags | heard on | class | latest wins |',
    '|---|---|---|---|---|---|',
    ...types.map(eventRow),
    ...[...shapes].flatMap(([members, sharing]) => [
      '',
      `Members of ${sharing.map(code).join(', ')}: ${members}.`,
    ]),
  ];
}

function eventRow(type: EventType): string {
  const event = definitionOf(type);
  const every = membersOf(type).join();
  const heardOn = event.audiences.map(({ channel, fields }) => {
    const seen = fields.join() === every ? 'every member' : fields.join(', ');
    return `${code(channel(NAMED_MEMBERS) ?? 'nobody')}: ${seen}`;
  });
  const cells = [
    code(type),
    code(event.key(NAMED_MEMBERS)),
    // An event whose tags are a member itself names that member.
    [event.tags(NAMED_MEMBERS)].flat().map(code).join(' ') || '—',
    heardOn.join('<br>') || '—',
    event.class,
    event.isCoalescible ? 'yes' : 'no',
  ];
  return `| ${cells.join(' | ')} |`;
}

function membersOf(type: EventType): string[] {
  const { shape } = definitionOf(type).data as unknown as { readonly shape: object };
  return Object.keys(shape);
}

const code = (text: string) => `\`${text}\``;

/**
 * Data whose every member is its own name in braces, so that computed keys show what they hold: a
 * list of that one name, which reads as the name itself wherever a text is built.
 */
const NAMED_MEMBERS: unknown = new Proxy({}, { get: (_, member) => [`{${String(member)}}`] });
