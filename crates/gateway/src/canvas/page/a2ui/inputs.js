// Components that people fill in. What they write goes into the data of the surface at once.

/** Longest text that is checked against a pattern of an agent. */
const MAX_CHECKED = 1_000;

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, '');
    else if (value !== false && value !== undefined && value !== '') made.setAttribute(key, String(value));
  }
  made.append(...children);
  return made;
};

/** A label, its control and what belongs to it. */
const field = (at, label, control) => {
  control.id = at.domId;
  const text = label || control.getAttribute('aria-label') || 'Value';
  return element('div', { class: 'field' }, element('label', { for: at.domId }, text), control);
};

const FIELD_TYPES = { number: 'number', date: 'date', obscured: 'password', email: 'email' };

const TextField = (props, at) => {
  const type = props.textFieldType ?? props.type;
  const control =
    type === 'longText'
      ? element('textarea', { rows: 4 })
      : element('input', { type: FIELD_TYPES[type] ?? 'text', autocomplete: 'off' });
  control.value = at.text(props.text ?? props.value);
  control.addEventListener('input', () => {
    at.write(props.text ?? props.value, type === 'number' ? numberOr(control.value) : control.value);
    const fits = matches(props.validationRegexp, control.value);
    control.setAttribute('aria-invalid', String(!fits));
  });
  return field(at, at.text(props.label), control);
};

const numberOr = (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text);

const matches = (pattern, text) => {
  if (typeof pattern !== 'string' || pattern.length > MAX_CHECKED || text.length > MAX_CHECKED) return true;
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(text);
  } catch {
    // A pattern that is none says nothing about the text.
    return true;
  }
};

const CheckBox = (props, at) => {
  const control = element('input', { type: 'checkbox', id: at.domId });
  control.checked = at.value(props.value) === true;
  control.addEventListener('change', () => at.write(props.value, control.checked));
  return element(
    'div',
    { class: 'choice' },
    control,
    element('label', { for: at.domId }, at.text(props.label) || 'Option'),
  );
};

const Slider = (props, at) => {
  const number = (value, otherwise) =>
    Number.isFinite(Number(value ?? Number.NaN)) ? Number(value) : otherwise;
  const [min, max] = [number(props.minValue, 0), number(props.maxValue, 100)];
  const control = element('input', { type: 'range', min, max, step: max - min <= 2 ? 'any' : 1 });
  control.value = String(number(at.value(props.value), min));
  const shown = element('output', { for: at.domId }, control.value);
  control.addEventListener('input', () => {
    shown.textContent = control.value;
    at.write(props.value, Number(control.value));
  });
  const whole = field(at, at.text(props.label), control);
  const line = element('div', { class: 'slider' });
  whole.append(line);
  line.append(control, shown);
  return whole;
};

const DateTimeInput = (props, at) => {
  const [date, time] = [props.enableDate !== false, props.enableTime === true];
  const type = date && time ? 'datetime-local' : time ? 'time' : 'date';
  const control = element('input', { type });
  control.value = localTime(at.text(props.value), type);
  control.addEventListener('input', () => at.write(props.value, control.value));
  const named = { 'datetime-local': 'Date and time', time: 'Time', date: 'Date' }[type];
  return field(at, at.text(props.label) || named, control);
};

/** The part of a date that a control of this type takes. */
const localTime = (text, type) => {
  const [, date = '', time = ''] = /^(\d{4}-\d{2}-\d{2})?[T ]?(\d{2}:\d{2})?/.exec(text) ?? [];
  if (type === 'date') return date;
  return type === 'time' ? time : date && `${date}T${time || '00:00'}`;
};

const MultipleChoice = (props, at) => {
  const most = Number(props.maxAllowedSelections ?? 0);
  const one = most === 1;
  const chosen = () => {
    const now = at.value(props.selections);
    const list =
      now instanceof Map ? [...now.values()] : Array.isArray(now) ? now : now === undefined ? [] : [now];
    return list.map(String);
  };
  const set = element('fieldset', { class: 'field' });
  set.append(element('legend', {}, at.text(props.label) || at.text(props.description) || 'Choices'));
  const controls = [];
  (Array.isArray(props.options) ? props.options : []).filter(isObject).forEach((option, index) => {
    const [id, value] = [`${at.domId}-${index}`, String(option.value ?? '')];
    const control = element('input', { type: one ? 'radio' : 'checkbox', id, name: at.domId, value });
    control.checked = chosen().includes(value);
    controls.push(control);
    set.append(
      element(
        'div',
        { class: 'choice' },
        control,
        element('label', { for: id }, at.text(option.label) || value),
      ),
    );
  });
  const limit = () => {
    const full = !one && most > 0 && controls.filter((control) => control.checked).length >= most;
    for (const control of controls) control.disabled = full && !control.checked;
  };
  set.addEventListener('change', () => {
    at.write(
      props.selections,
      controls.filter((control) => control.checked).map((control) => control.value),
    );
    limit();
  });
  limit();
  return set;
};
