import { randomUUID } from 'node:crypto'
import type { Area } from './catalogue.js'

/** Something of a store: a subscription, an order or a customer. */
export interface Item {
  readonly id: string
  readonly name: string
}

/** The host's business data: each store has its own, in each area. */
export class Shop {
  readonly #items = new Map<string, Item[]>()

  list(tenant: string, area: Area): readonly Item[] {
    return this.#of(tenant, area)
  }

  add(tenant: string, area: Area, name: string): Item {
    const item = { id: randomUUID(), name }
    this.#of(tenant, area).push(item)
    return item
  }

  #of(tenant: string, area: Area): Item[] {
    const key = `${tenant} ${area}`
    const items = this.#items.get(key) ?? []
    this.#items.set(key, items)
    return items
  }
}
