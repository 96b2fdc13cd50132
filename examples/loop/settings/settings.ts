import { type Handler, routes } from '../../shared/routes.js'
import { showAudit } from './audit.js'
import { admission, type SettingsOptions } from './desk.js'
import { edit, showEdit } from './edit.js'
import { generate, showGenerate } from './generate.js'
import { showList } from './list.js'
import { remove, showRemove } from './remove.js'
import { reveal } from './reveal.js'

/** The pages under `/settings/api-tokens`, of the store that `?store=` names. */
export function settings(options: SettingsOptions): Handler {
  const { administrator, withForm } = admission(options)
  return routes({
    'GET /settings/api-tokens': administrator(showList),
    'GET /settings/api-tokens/new': administrator(showGenerate),
    'POST /settings/api-tokens/new': withForm(generate),
    'POST /settings/api-tokens/*/show': withForm(reveal),
    'GET /settings/api-tokens/*/edit': administrator(showEdit),
    'POST /settings/api-tokens/*/edit': withForm(edit),
    'GET /settings/api-tokens/*/remove': administrator(showRemove),
    'POST /settings/api-tokens/*/remove': withForm(remove),
    'GET /settings/api-tokens/*/audit': administrator(showAudit),
  })
}
