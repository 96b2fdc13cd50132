import type { Kind } from '../../../records.js'
import type { WriteOutcome } from '../../../store.js'
import type { Body } from '../../body.js'
import type { Step } from '../../engine.js'
import { DuplicateKey } from '../../faults.js'
import { FEED, RECORDS } from '../../tables.js'
import { changePart, eventPart, forgetParts, insertPlace, isPlace, numberPart, putPart, set } from './parts.js'
import { conditionValue, type Plan, type Put } from './plan.js'

/**
 * A write as a batch, on MySQL and SQLite: the conditions are locked, then the record changes, and what goes with it follows.
 *
 * SQLite lets nobody else write meanwhile. On MySQL a place is kept where nothing is; an insertion finds out by the key that it
 * is taken whether it has to fill one.
 */
export function batchWriter(body: Body): (plan: Plan) => Promise<WriteOutcome> {
  const { grammar, engine } = body
  const keepsPlaces = engine.dialect === 'mysql'
  const table = (kind: Kind) => body.name(RECORDS[kind])

  const queries = {
    isThere: body.queries(
      (kind: Kind, number: number) =>
        `SELECT 1 AS held FROM ${table(kind)} WHERE id = :${conditionValue(number, 'id')} AND version = :${conditionValue(number, 'version')}${grammar.share}`,
    ),
    isAbsent: body.queries((kind: Kind, id: string) =>
      keepsPlaces
        ? `SELECT 1 AS held FROM ${table(kind)} AS it WHERE id = :${id} AND ${isPlace('it')}${grammar.share}`
        : `SELECT 1 AS held WHERE NOT EXISTS (SELECT 1 FROM ${table(kind)} WHERE id = :${id})`,
    ),
    place: body.queries(
      (kind: Kind, id: string) => `${insertPlace(body, RECORDS[kind], id)} ON DUPLICATE KEY UPDATE version = version`,
    ),
    put: body.queries((kind: Kind, put: Exclude<Put, 'keep'>) => putPart(body, kind, put, '')),
    fill: body.queries(
      (kind: Kind) => `UPDATE ${table(kind)} AS it SET ${set(body, RECORDS[kind])} WHERE id = :id AND ${isPlace('it')}`,
    ),
    forget: body.queries((kind: Kind, part: number) => forgetParts(body, kind, '')[part] as string),
    event: body.query(eventPart(body, '')),
    number: body.query(numberPart(body, '')),
    change: body.queries((kind: Kind) => changePart(body, kind, `${body.name(FEED)} WHERE name = 'last'`)),
  }

  const absent = (kind: Kind, id: string, args: Plan['args']): readonly Step[] => [
    ...(keepsPlaces ? [body.step(queries.place(kind, id), args)] : []),
    body.step(queries.isAbsent(kind, id), args, 'conflict'),
  ]

  const stepsOf = ({ shape, args }: Plan, isFilling: boolean): readonly Step[] => {
    const { kind, put, conditions, keepsEvent, feeds } = shape
    const change = isFilling ? queries.fill(kind) : put === 'keep' ? undefined : queries.put(kind, put)
    return [
      ...conditions.flatMap(({ kind, isThere }, number) =>
        isThere
          ? [body.step(queries.isThere(kind, number), args, 'conflict')]
          : absent(kind, conditionValue(number, 'id'), args),
      ),
      ...(change === undefined ? absent(kind, 'id', args) : [body.step(change, args, 'conflict')]),
      ...(put === 'remove' ? [0, 1].map((part) => body.step(queries.forget(kind, part), args)) : []),
      ...(keepsEvent ? [body.step(queries.event, args)] : []),
      ...(feeds ? [body.step(queries.number, args), body.step(queries.change(kind), args)] : []),
    ]
  }

  const perform = async (steps: readonly Step[]): Promise<WriteOutcome> => {
    const [only, ...others] = steps
    if (only === undefined || others.length > 0)
      return (await engine.batch(steps)).ended === undefined ? 'written' : 'conflict'
    return (await engine.run(only.statement, only.values)).changed === 0 ? 'conflict' : 'written'
  }

  return async (plan) => {
    try {
      return await perform(stepsOf(plan, false))
    } catch (error) {
      if (!(error instanceof DuplicateKey && error.isPrimary && plan.shape.put === 'insert')) throw error
      return keepsPlaces ? perform(stepsOf(plan, true)) : 'conflict'
    }
  }
}
