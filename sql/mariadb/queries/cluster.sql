-- Whether the server is a node of a cluster: ON. Servers without Galera do not know the variable.
SHOW GLOBAL VARIABLES LIKE 'wsrep_on';
