/** The inputs that decide which queries run, as messages name them. */
export const FILTER_INPUT = 'queries';
export const FOLDER_INPUT = 'query-folder';
export const SESSIONS_INPUT = 'sessions';
