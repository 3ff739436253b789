/** Parts of a page as HTML elements: a selector alone does not tell a checker of types. */

/**
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement} The first one.
 */
export function find(root, selector) {
  return /** @type {HTMLElement} */ (root.querySelector(selector));
}

/**
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
export function every(root, selector) {
  return /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
}

/**
 * @param {Document} page
 * @param {string} id  Of a template.
 * @returns {DocumentFragment} A copy of what it holds.
 */
export function copyOf(page, id) {
  const template = /** @type {HTMLTemplateElement} */ (page.getElementById(id));
  return /** @type {DocumentFragment} */ (template.content.cloneNode(true));
}
