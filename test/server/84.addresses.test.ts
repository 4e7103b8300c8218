// Pure functions: nothing here forks.
import { expect, test } from 'vitest'
import { decideAccess, ruleFrom } from '../../src/server/access.ts'
import { addressFrom, contains, nameOf, networkFrom } from '../../src/server/addresses.ts'
import { Admission } from '../../src/server/admission.ts'
import { settingsFrom } from '../../src/server/configuration.ts'
import { maxSources, SourceTable, sourceOf } from '../../src/server/sources.ts'

const address = (text: string) => addressFrom(text)!

test.each([
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['10.0.0.0/8', '::ffff:0a01:0203', true],
  ['10.0.0.0/8', '0a00::1', false],
  ['192.0.2.64/26', '192.0.2.127', true],
  ['192.0.2.64/26', '192.0.2.128', false],
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
  ['0.0.0.0/0', '255.1.2.3', true],
  ['0.0.0.0/0', '::1', false],
  ['::/0', '::1', true],
  ['::/0', '::ffff:192.0.2.1', false],
  ['2001:db8::/33', '2001:db8:7fff::1', true],
  ['2001:db8::/33', '2001:db8:8000::1', false],
  ['fe80::/10', 'fe80::1%lo', true],
  ['::ffff:10.0.0.0/104', '10.1.2.3', true],
  ['::ffff:10.0.0.1', '10.0.0.1', true],
])('%s has %s: %s', (network, client, expected) => {
  expect(contains(networkFrom(network), address(client))).toBe(expected)
})

test.each([
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['192.0.2.1/32', '192.0.2.1'],
  ['2001:DB8:0::/32', '2001:db8::/32'],
  ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
])('the network %s is named %s', (text, name) => {
  expect(nameOf(networkFrom(text))).toBe(name)
})

test.each([
  ['10.0.0.0/33', "expected a prefix from 0 to 32, got '33'"],
  ['10.0.0.0/', "expected a prefix from 0 to 32, got ''"],
  ['10.0.0.0/-1', "expected a prefix from 0 to 32, got '-1'"],
  ['10.0.0.0/255.0.0.0', "expected a prefix from 0 to 32, got '255.0.0.0'"],
  ['::/129', "expected a prefix from 0 to 128, got '129'"],
  ['::ffff:10.0.0.0/8', "expected a prefix from 96 to 128, got '8'"],
  ['10.1.2.3/8', 'expected the start of a network, 10.0.0.0/8, or the address alone'],
  ['2001:db8::1/64', 'expected the start of a network, 2001:db8::/64, or the address alone'],
])('%s: %s', (text, message) => {
  expect(() => networkFrom(text)).toThrow(new RangeError(message))
})

test.each(['', 'example.org', '10.0.0', '010.0.0.1', '1.2.3.4/8/8', 'fe80::1%lo', '1::2::3', '*'])(
  'no network: %s',
  text => {
    expect(() => networkFrom(text)).toThrow(/^expected an address, as .* or a network, as /)
  },
)

test.each(['', 'allow', 'permit all', 'allow all all', 'ALLOW all', '10.0.0.0/8', 'deny,all'])(
  'no rule: %s',
  text => {
    expect(() => ruleFrom(text)).toThrow(/^expected "allow" or "deny", then a network, /)
  },
)

test.each([
  [[], '192.0.2.1', true, undefined],
  [['deny 10.0.0.0/8'], '192.0.2.1', true, undefined],
  [['deny 10.0.0.0/8', 'allow 172.16.0.0/12'], '192.0.2.1', false, undefined],
  [['allow 10.1.0.0/16', 'deny 10.0.0.0/8', 'allow all'], '10.1.2.3', true, 'allow 10.1.0.0/16'],
  [['allow 10.1.0.0/16', 'deny 10.0.0.0/8', 'allow all'], '10.2.2.3', false, 'deny 10.0.0.0/8'],
  [['allow 10.1.0.0/16', 'deny 10.0.0.0/8', 'allow all'], '::1', true, 'allow all'],
  [['deny all', 'allow 10.0.0.0/8'], '10.0.0.1', false, 'deny all'],
])('%j on %s', (rules, client, allowed, rule) => {
  const decision = decideAccess(rules.map(ruleFrom), address(client))
  expect([decision.allowed, decision.rule?.text]).toEqual([allowed, rule])
})

test.each([
  ['192.0.2.1', 32, 64, '192.0.2.1'],
  ['192.0.2.1', 24, 64, '192.0.2.0/24'],
  ['192.0.2.1', 0, 64, '0.0.0.0/0'],
  ['::ffff:192.0.2.1', 24, 64, '192.0.2.0/24'],
  ['2001:db8:1:2:3:4:5:6', 32, 64, '2001:db8:1:2::/64'],
  ['2001:db8:1:2:3:4:5:6', 32, 48, '2001:db8:1::/48'],
  ['2001:db8:1:2:3:4:5:6', 32, 128, '2001:db8:1:2:3:4:5:6'],
])(
  '%s with prefixes of %i and %i is the source %s',
  (client, sourcePrefix4, sourcePrefix6, name) => {
    expect(sourceOf(address(client), { sourcePrefix4, sourcePrefix6 })).toBe(name)
  },
)

test('a table of sources is bounded, and a flood of IPv6 forgets nobody of IPv4', () => {
  const table = new SourceTable<number>()
  table.set('192.0.2.1', 4)
  for (let count = 0; count < 3 * maxSources; count++) {
    table.set(`2001:db8:0:${count.toString(16)}::/64`, count)
    table.set('2001:db8:1::/64', count) // set again and again, it stays
  }
  const kept = Array.from({ length: 3 * maxSources }, (_, count) =>
    table.get(`2001:db8:0:${count.toString(16)}::/64`),
  )
  expect(kept.filter(value => value !== undefined)).toHaveLength(maxSources - 1)
  expect(kept.at(-1)).toBe(3 * maxSources - 1)
  expect(table.get('2001:db8:1::/64')).toBe(3 * maxSources - 1)
  expect(table.get('192.0.2.1')).toBe(4)
})

test('a client without an address has no source, and no rule is for it', () => {
  const settings = settingsFrom({
    access: ['deny all'],
    maxPerSource: 1,
    maxRate: '1/3600',
    penalize: ['1=60'],
    overload: 'refuse',
    maxChildren: 5,
  })
  const admission = new Admission(settings)
  for (let count = 0; count < 5; count++) {
    expect(admission.decide(undefined, count, count)).toBeUndefined()
    admission.began(undefined)
    expect(admission.ended(undefined, { kind: 'exited', code: 1 }, count)).toBe(0)
  }
  expect(admission.decide(undefined, 5, 5)).toMatchObject({ reason: 'overload' })
})
