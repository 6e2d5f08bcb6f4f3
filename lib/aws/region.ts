/** The form of a Region's name, in every partition. Source: AWS General Reference, "Regional endpoints". */
export const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d$/;
/** Says the same in a message, after "write". */
export const REGION_FORM = "a Region such as 'eu-central-1'";
