import type { Came } from './report.js'

/** A program that calls the API, with these headers. */
export class Program {
  readonly #origin: string
  readonly #headers: Readonly<Record<string, string>>

  constructor(origin: string, headers: Readonly<Record<string, string>>) {
    this.#origin = origin
    this.#headers = headers
  }

  get(path: string): Promise<Came> {
    return this.#send(path, {})
  }

  post(path: string, json: unknown): Promise<Came> {
    return this.#send(path, { method: 'POST', body: JSON.stringify(json) }, { 'content-type': 'application/json' })
  }

  form(path: string, fields: Readonly<Record<string, string>>): Promise<Came> {
    return this.#send(path, { method: 'POST', body: new URLSearchParams(fields) })
  }

  async #send(path: string, init: RequestInit, more: Readonly<Record<string, string>> = {}): Promise<Came> {
    const headers = { accept: 'application/json, text/event-stream', ...this.#headers, ...more }
    const response = await fetch(this.#origin + path, { ...init, headers })
    return { status: response.status, text: await response.text() }
  }
}

/** A field of an answer in JSON. */
export function fieldIn({ text }: Came, name: string): string {
  const answer: unknown = JSON.parse(text)
  const value =
    typeof answer === 'object' && answer !== null ? Object.entries(answer).find(([key]) => key === name)?.[1] : ''
  return String(value)
}
