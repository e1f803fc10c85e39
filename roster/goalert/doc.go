// Package goalert reads who is on call from a schedule of GoAlert, by its GraphQL API: the shifts of the coming weeks with the address of
// who has them. https://github.com/target/goalert/blob/master/graphql2/schema.graphql
//
// cmd makes a Source for each schedule that names one, and hands it to the keeper of package roster.
package goalert
