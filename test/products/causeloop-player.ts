import type { Step } from './causeloop-story.js'

/** What came of a step. */
export interface Outcome {
  readonly step: Step
  /** The request as it was sent. */
  readonly asked: string
  readonly status: number
  readonly text: string
  /** What differs from what the step says; empty where nothing does. */
  readonly differs: readonly string[]
}

/** What is kept of an answer for later steps. */
interface Kept {
  readonly id: string
  readonly secret: string
}

/** Somebody whose token was refused, and who tries nonetheless. */
const NONE: Kept = { id: 'cl_none', secret: 'cl_none' }

/** Acts as everybody in the story, over HTTP alone. */
export class Player {
  readonly #origin: string
  readonly #cookies = new Map<string, string>()
  readonly #kept = new Map<string, Kept>()

  constructor(origin: string) {
    this.#origin = origin
  }

  async play(step: Step): Promise<Outcome> {
    const [method = '', pattern = ''] = step.ask.split(' ')
    const path = pattern.replace(/\{([\w-]+)\}/g, (_, name: string) => (this.#kept.get(name) ?? NONE).id)
    const body = step.form ? new URLSearchParams(step.form).toString() : step.json && JSON.stringify(step.json)
    const response = await fetch(this.#origin + path, {
      method,
      headers: { ...this.#credentialsOf(step.who), ...(body !== undefined && { 'content-type': typeOf(step) }) },
      redirect: 'manual',
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    const answer = parse(text)
    this.#keep(step, answer, response)
    const asked = [method, path, body].filter(Boolean).join(' ')
    return { step, asked, status: response.status, text, differs: differences(step, response.status, answer) }
  }

  #credentialsOf(who: string): Readonly<Record<string, string>> {
    const cookie = this.#cookies.get(who)
    if (cookie !== undefined) return { cookie }
    const isProgram = !['alice', 'bob', 'nobody'].includes(who)
    return isProgram ? { authorization: `Bearer ${(this.#kept.get(who) ?? NONE).secret}` } : {}
  }

  #keep({ who, keep }: Step, answer: unknown, { headers }: Response): void {
    const cookie = headers.get('set-cookie')?.split(';')[0]
    if (cookie !== undefined) this.#cookies.set(who, cookie)
    if (keep === undefined || typeof answer !== 'object' || answer === null || !('id' in answer)) return
    this.#kept.set(keep, { id: String(answer.id), secret: 'secret' in answer ? String(answer.secret) : NONE.secret })
  }
}

const typeOf = ({ form }: Step) => (form === undefined ? 'application/json' : 'application/x-www-form-urlencoded')

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function differences({ status, answer }: Step, actualStatus: number, actual: unknown): readonly string[] {
  const statuses: readonly number[] = [status].flat()
  return [
    ...(statuses.includes(actualStatus)
      ? []
      : [`the status is ${actualStatus}, and should be ${statuses.join(' or ')}`]),
    ...(answer === undefined || has(actual, answer) ? [] : [`the answer does not have ${JSON.stringify(answer)}`]),
  ]
}

/** Whether a value has all that is expected of it, at every depth; lists have the same length. */
function has(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return actual === expected
  if (typeof actual !== 'object' || actual === null) return false
  if (Array.isArray(expected) && (!Array.isArray(actual) || actual.length !== expected.length)) return false
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(actual))
  return Object.entries(expected).every(([key, value]) => has(fields.get(key), value))
}
