import type { PageGraph, PageNode } from './data.ts';
import { html } from './dom.ts';
import { searchNodes } from './search.ts';
import { kindWords } from './words.ts';

const LIMIT = 12;

/** Suggests nodes as a person types; `choose` gets the one that was taken. */
export function createSearch(
  input: HTMLInputElement,
  list: HTMLElement,
  graph: PageGraph,
  choose: (node: PageNode) => void,
): void {
  let found: readonly PageNode[] = [];
  let active = 0;

  function show(nodes: readonly PageNode[]): void {
    found = nodes;
    active = 0;
    list.replaceChildren(...nodes.map(option));
    if (nodes.length === 0 && input.value.trim() !== '') {
      list.append(
        html('div', { class: 'none', role: 'option', 'aria-disabled': 'true' }, 'Nothing is called so.'),
      );
    }
    list.hidden = list.childElementCount === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
    mark();
  }

  function option(node: PageNode, at: number): HTMLElement {
    const item = html(
      'div',
      { id: `option-${at}`, role: 'option' },
      html('span', { class: `dot is-${node.state}` }),
      html('span', { class: 'name' }, node.name),
      html('span', { class: 'what' }, kindWords(node)),
    );
    // Before the input loses the focus, which takes the list away.
    item.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      take(node);
    });
    return item;
  }

  function mark(): void {
    for (const [at, item] of [...list.children].entries()) {
      item.setAttribute('aria-selected', String(at === active && found.length > 0));
    }
    if (found.length === 0) input.removeAttribute('aria-activedescendant');
    else {
      input.setAttribute('aria-activedescendant', `option-${active}`);
      list.children[active]?.scrollIntoView({ block: 'nearest' });
    }
  }

  function take(node: PageNode): void {
    input.value = '';
    show([]);
    input.blur();
    choose(node);
  }

  input.addEventListener('input', () => show(searchNodes(graph.nodes, input.value, LIMIT)));
  input.addEventListener('focus', () => show(searchNodes(graph.nodes, input.value, LIMIT)));
  input.addEventListener('blur', () => {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
  });
  input.addEventListener('keydown', (event) => {
    const node = found[active];
    if (event.key === 'Escape') {
      input.value = '';
      show([]);
      input.blur();
    } else if (event.key === 'Enter' && node !== undefined) take(node);
    else if (event.key === 'ArrowDown' && found.length > 0) active = (active + 1) % found.length;
    else if (event.key === 'ArrowUp' && found.length > 0) active = (active + found.length - 1) % found.length;
    else return;
    event.preventDefault();
    event.stopPropagation();
    mark();
  });
}
