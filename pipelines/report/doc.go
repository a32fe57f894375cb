// Package report makes the management report: what the reports.management_* tables say, as a page that stands alone in a
// browser and as a mail whose main figures can be read without opening it.
//
// It reads only reports.* (Build) and templates (Document.HTML, Document.Mail); it writes nothing and asks no clock. The
// same tables and templates give the same bytes. The page loads nothing from outside: styles are inline and charts are
// SVG with selectable text; in the mail, charts are table cells with a colour and a width, which show with images off.
//
// Charts are pure functions from numbers to SVG. Their bars begin at zero, their colours differ in lightness as well as
// hue (after Okabe and Ito, 2008), and every colour is a CSS variable with the light theme's value as its fallback, so
// that they follow the page into dark mode and stand alone too.
//
// No claim without its error: an effect is shown with its interval, or with the reason why there is none.
package report
