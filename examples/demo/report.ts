import { STATUS_CODES } from 'node:http'
import { styleText } from 'node:util'

const isTerminal = process.stdout.isTTY && !process.env.NO_COLOR
const WIDTH = Math.min(process.stdout.columns ?? 110, 110)
const INDENT = 10

const styled = (style: Parameters<typeof styleText>[0], text: string) => (isTerminal ? styleText(style, text) : text)

/** An API token begins with its id, which may be shown; of what follows, and of everything that OAuth hands out, nothing is. */
export const withoutSecrets = (text: string): string =>
  text.replace(/"(\w+_token)":"[^"]*"/g, '"$1":"…"').replace(/\b(sl_\w{11})\w+/g, '$1…')

/** What came of a request. */
export interface Came {
  readonly status: number
  readonly text: string
}

/** A request of somebody, and what it shows when its answer is as it should be. */
export interface Step<Answer extends Came> {
  readonly who: string
  readonly asks: string
  readonly does: () => Promise<Answer>
  readonly status: number
  /** What has to be in the answer besides, as a person or a program reads it. */
  readonly says?: string
  readonly shows: string
}

/** Prints what is done, and counts what is not as it should be. */
export class Report {
  readonly #print: (line: string) => void
  #steps = 0
  readonly wrong: string[] = []

  constructor(print: (line: string) => void = console.log) {
    this.#print = print
  }

  get steps(): number {
    return this.#steps
  }

  chapter(title: string): void {
    this.#print(`\n${styled('bold', title)}`)
  }

  async step<Answer extends Came>({ who, asks, does, status, says, shows }: Step<Answer>): Promise<Answer> {
    this.#steps++
    const asked = withoutSecrets(asks)
    this.#print(`  ${styled('cyan', who.padEnd(INDENT))} ${asked}`)
    const answer = await does()
    const isRight = answer.status === status && (says === undefined || answer.text.includes(says))
    const came = styled(answer.status < 400 ? 'green' : 'yellow', `${answer.status} ${STATUS_CODES[answer.status]}`)
    const verdict = isRight ? styled('dim', `✓ ${shows}`) : styled('red', `✗ it should be ${status} ${says ?? ''}`)
    for (const line of [came, short(answer.text), verdict]) {
      if (line !== '') this.#print(`  ${''.padEnd(INDENT)} ${line}`)
    }
    if (!isRight) this.wrong.push(`${who}: ${asked}`)
    return answer
  }
}

/** An answer in the room of a line; a page is no text for a terminal. */
function short(text: string): string {
  if (text.startsWith('<')) return ''
  const plain = withoutSecrets(text).replace(/\s+/g, ' ')
  const room = WIDTH - INDENT - 3
  return plain.length <= room ? plain : `${plain.slice(0, room - 1)}…`
}
