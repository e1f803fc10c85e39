package main

import "matoi/bench/cluster"

// cluster starts a PostgreSQL in a folder of the bed; cluster.Missing where there can be none.
func (b *bed) cluster() (*cluster.Cluster, error) {
	data, err := b.folder("postgres")
	if err != nil {
		return nil, err
	}
	return cluster.Start(b.ctx, data)
}

// onPostgres starts Matoi on a database.
func (b *bed) onPostgres(address string) (*server, error) {
	data, err := b.folder("matoi")
	if err != nil {
		return nil, err
	}
	return b.matoi(data, "database: {postgres: \""+address+"\"}\n")
}
