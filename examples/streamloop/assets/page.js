// What pages do where scripts run. Without it everything still works: copying by hand, leaving by a link.

for (const button of document.querySelectorAll('[data-copies]')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copies)
    try {
      await navigator.clipboard.writeText(source.textContent)
      tell(button, 'Copied')
    } catch {
      getSelection().selectAllChildren(source)
      tell(button, 'Press Ctrl+C')
    }
  })
}

/** Says it on the button, and to those who do not see it. */
function tell(button, text) {
  button.textContent = text
  document.getElementById('copied').textContent = text
}

// A secret that was shown is gone with its banner: from the page, from the history, and from what the browser keeps of both.
for (const link of document.querySelectorAll('[data-dismisses]')) {
  const banner = document.getElementById(link.dataset.dismisses)
  history.replaceState(null, '', link.href)
  banner.focus()
  addEventListener('pagehide', () => banner.remove())
  link.addEventListener('click', (event) => {
    event.preventDefault()
    banner.remove()
    document.querySelector('.new > summary')?.focus()
  })
}

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
  })
}
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
})

// The exact time, where the reader is.
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' })
for (const time of document.querySelectorAll('time[title]')) time.title = exact.format(new Date(time.dateTime))

// Menus close when something else is clicked, or with Escape.
for (const menu of document.querySelectorAll('details.account')) {
  addEventListener('click', (event) => {
    if (!menu.contains(event.target)) menu.open = false
  })
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return
    menu.open = false
    menu.querySelector('summary').focus()
  })
}
