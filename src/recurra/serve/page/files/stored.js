// What a browser remembers of the page; nothing where it is told to remember nothing.

export function stored(name) {
  try {
    return localStorage.getItem(`recurra.${name}`);
  } catch {
    return null;
  }
}

export function store(name, value) {
  try {
    localStorage.setItem(`recurra.${name}`, value);
  } catch {
    // the choice holds until the page is left
  }
}
